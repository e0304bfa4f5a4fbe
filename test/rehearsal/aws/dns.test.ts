import { CloudFrontClient, ListDistributionsCommand } from '@aws-sdk/client-cloudfront';
import {
  type ChangeAction,
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { expect, test } from 'vitest';
import { ACCOUNT, createScene, endpointTemplate, type Scene, START_MS, seedStack } from './world.ts';

const NAME_SERVERS = ['ns-1.awsdns-01.org', 'ns-2.awsdns-02.com'];

function seedZones({ aws }: Scene): void {
  for (const name of ['theboss.io', 'example.org'])
    aws.seed.hostedZone({ accountId: ACCOUNT, name, nameServers: NAME_SERVERS });
  aws.seed.record({
    atMs: START_MS - 1_000,
    name: 'api.theboss.io.',
    type: 'CNAME',
    ttlSeconds: 300,
    values: ['elb-production-boss-1.us-east-1.elb.amazonaws.com'],
  });
}

test('zones are listed from a name on: the zone itself, or the next one where there is none', async () => {
  await using scene = await createScene();
  seedZones(scene);
  const route53 = new Route53Client(scene.config());
  const from = async (DNSName: string) =>
    (await route53.send(new ListHostedZonesByNameCommand({ DNSName, MaxItems: 1 }))).HostedZones?.map(
      ({ Name: name }) => name,
    );
  expect(await from('theboss.io')).toEqual(['theboss.io.']);
  expect(await from('nothing.io')).toEqual(['theboss.io.']);
  expect(await from('zzz.org')).toEqual([]);
  const { HostedZones: zones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'example.org' }));
  const { DelegationSet: set } = await route53.send(new GetHostedZoneCommand({ Id: zones?.[0]?.Id }));
  expect(set?.NameServers).toEqual(NAME_SERVERS);
  await expect(route53.send(new GetHostedZoneCommand({ Id: 'ZNONE' }))).rejects.toMatchObject({
    name: 'NoSuchHostedZone',
  });
});

test('a record is set, is PENDING for a while, and then INSYNC; every change is known with its time', async () => {
  await using scene = await createScene();
  seedZones(scene);
  const route53 = new Route53Client(scene.config());
  const { HostedZones: zones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'theboss.io' }));
  const zoneId = zones?.[0]?.Id;
  const change = (Action: ChangeAction, name: string, value: string) =>
    route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zoneId,
        ChangeBatch: {
          Changes: [
            { Action, ResourceRecordSet: { Name: name, Type: 'CNAME', TTL: 300, ResourceRecords: [{ Value: value }] } },
          ],
        },
      }),
    );
  const { ChangeInfo: info } = await change('UPSERT', 'api.theboss.io', 'd1.cloudfront.net');
  const status = async () => (await route53.send(new GetChangeCommand({ Id: info?.Id }))).ChangeInfo?.Status;
  expect(info?.Status).toBe('PENDING');
  scene.clock.advance(31_000);
  expect(await status()).toBe('INSYNC');
  const { ResourceRecordSets: sets } = await route53.send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      StartRecordName: 'api.theboss.io',
      StartRecordType: 'CNAME',
      MaxItems: 1,
    }),
  );
  expect(sets).toEqual([
    { Name: 'api.theboss.io.', Type: 'CNAME', TTL: 300, ResourceRecords: [{ Value: 'd1.cloudfront.net' }] },
  ]);
  expect(scene.aws.recordChanges().map(({ atMs, values }) => [atMs, values[0]])).toEqual([
    [START_MS - 1_000, 'elb-production-boss-1.us-east-1.elb.amazonaws.com'],
    [START_MS, 'd1.cloudfront.net'],
  ]);
  const refused = { name: 'InvalidChangeBatch' };
  await expect(change('CREATE', 'api.theboss.io', 'x')).rejects.toMatchObject(refused);
  await expect(change('DELETE', 'api.theboss.io', 'other')).rejects.toMatchObject(refused);
  await expect(change('UPSERT', 'api.elsewhere.io', 'x')).rejects.toMatchObject(refused);
  await change('DELETE', 'api.theboss.io', 'd1.cloudfront.net');
  expect(scene.aws.recordChanges().at(-1)?.values).toEqual([]);
});

test('a template has its record in the public zone; a seed of the record knows better', async () => {
  await using scene = await createScene();
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  expect(scene.aws.recordChanges()).toEqual([]);
  seedZones(scene);
  expect(scene.aws.recordChanges().at(-1)?.values).toEqual(['elb-production-boss-1.us-east-1.elb.amazonaws.com']);
});

test('distributions come in pages, with their aliases', async () => {
  await using scene = await createScene();
  for (const host of ['www', 'api'])
    scene.aws.seed.distribution({
      accountId: ACCOUNT,
      domainName: `${host}-d.cloudfront.net`,
      aliases: [`${host}.theboss.io`],
    });
  const cloudFront = new CloudFrontClient(scene.config());
  const first = await cloudFront.send(new ListDistributionsCommand({ MaxItems: 1 }));
  expect(first.DistributionList?.IsTruncated).toBe(true);
  const second = await cloudFront.send(new ListDistributionsCommand({ Marker: first.DistributionList?.NextMarker }));
  expect(second.DistributionList?.IsTruncated).toBe(false);
  expect(second.DistributionList?.Items?.map((item) => [item.DomainName, item.Aliases?.Items])).toEqual([
    ['api-d.cloudfront.net', ['api.theboss.io']],
  ]);
});
