import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { RecordSet, Route53Read } from '../doors.ts';
import { type Connection, present } from './connection.ts';

/** As Route 53 writes names: lower case, with a final dot, other characters as octal escapes. */
const canonical = (name: string) =>
  name
    .toLowerCase()
    .replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\.?$/, '.');

const recordOf = (set: ResourceRecordSet): RecordSet => ({
  name: canonical(set.Name ?? ''),
  type: set.Type ?? '',
  ...present({ ttlSeconds: set.TTL }),
  values: set.AliasTarget?.DNSName
    ? [set.AliasTarget.DNSName]
    : (set.ResourceRecords ?? []).flatMap(({ Value }) => (Value === undefined ? [] : [Value])),
  whole: JSON.stringify(set, undefined, 1),
});

/** Route 53: a look-up by name gives the next one where there is none, so each answer's own name is compared. */
export function createRoute53(connection: Connection): Route53Read {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/route53.ts');
    return { sdk, client: new sdk.Route53Client(config) };
  });
  return {
    findHostedZone: (domain, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const { HostedZones } = await client.send(new sdk.ListHostedZonesByNameCommand({ DNSName: domain }), options);
        const zone = HostedZones?.find(
          ({ Name, Config }) => Name !== undefined && canonical(Name) === canonical(domain) && !Config?.PrivateZone,
        );
        if (zone?.Id === undefined) return undefined;
        const { DelegationSet } = await client.send(new sdk.GetHostedZoneCommand({ Id: zone.Id }), options);
        return {
          id: zone.Id.replace(/^\/hostedzone\//, ''),
          name: canonical(zone.Name ?? domain),
          nameServers: DelegationSet?.NameServers ?? [],
        };
      }),
    recordSet: (zoneId, name, type, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const command = new sdk.ListResourceRecordSetsCommand({
          HostedZoneId: zoneId,
          StartRecordName: name,
          StartRecordType: sdk.RRType[type as keyof typeof sdk.RRType],
          MaxItems: 1,
        });
        const { ResourceRecordSets } = await client.send(command, options);
        const set = ResourceRecordSets?.find(
          (one) => canonical(one.Name ?? '') === canonical(name) && one.Type === type,
        );
        return set && recordOf(set);
      }),
  };
}
