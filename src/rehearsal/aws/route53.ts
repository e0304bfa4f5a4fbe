import type { RecordChange } from '../contract.ts';
import type { Account, Aws, Call } from './account.ts';
import { AwsError } from './awsError.ts';
import type { RestRequest, RestService } from './protocol.ts';
import { child, listOf, type XmlElement, type XmlFields } from './xml.ts';

export interface HostedZone {
  /** Without `/hostedzone/`. */
  readonly id: string;
  /** With its final dot. */
  readonly name: string;
  readonly nameServers: readonly string[];
  readonly changes: Map<string, { readonly submittedAtMs: number }>;
}

/** How long Route 53 takes to bring a change to all its name servers. */
const INSYNC_MS = 30_000;
const MAX_ITEMS = 100;
const ZONE_PREFIX = /^\/?hostedzone\//;

/** Names in Route 53's order: label by label from the right. */
const reversed = (name: string) => name.toLowerCase().replace(/\.?$/, '').split('.').reverse().join('.');
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/** With its final dot, in small letters. */
export const absoluteName = (name: string): string => name.toLowerCase().replace(/\.?$/, '.');
const isIn = (zone: HostedZone, name: string) => name === zone.name || name.endsWith(`.${zone.name}`);

/** Every change, oldest first; a seed may have put an older one at the end. */
export const inTime = (changes: readonly RecordChange[]): RecordChange[] =>
  [...changes].sort((a, b) => a.atMs - b.atMs);

/** The records that stand, after all changes. */
function standingRecords(aws: Aws): RecordChange[] {
  const standing = new Map<string, RecordChange>();
  for (const change of inTime(aws.recordChanges)) {
    const key = `${change.name} ${change.type}`;
    if (change.values.length === 0) standing.delete(key);
    else standing.set(key, change);
  }
  return [...standing.values()];
}

/** Whether a record lies in a public zone of any account. */
export const isPublic = (aws: Aws, name: string): boolean =>
  [...aws.accounts.values()].some(({ hostedZones }) => hostedZones.some((zone) => isIn(zone, name)));

/** The zone's records, its own NS and SOA among them, in Route 53's order. */
function recordSets(aws: Aws, zone: HostedZone): RecordChange[] {
  const own = { atMs: 0, name: zone.name };
  const soa = `${zone.nameServers[0] ?? ''}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
  const all: RecordChange[] = [
    { ...own, type: 'NS', ttlSeconds: 172_800, values: zone.nameServers.map(absoluteName) },
    { ...own, type: 'SOA', ttlSeconds: 900, values: [soa] },
    ...standingRecords(aws).filter(({ name }) => isIn(zone, name)),
  ];
  return all.sort((a, b) => compare(reversed(a.name), reversed(b.name)) || compare(a.type, b.type));
}

function needZone({ account }: Call, id: string | undefined): HostedZone {
  const zone = account.hostedZones.find((candidate) => candidate.id === id?.replace(ZONE_PREFIX, ''));
  if (!zone) throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${id}`, 404);
  return zone;
}

const zoneFields = ({ aws }: Call, zone: HostedZone): XmlFields => ({
  Id: `/hostedzone/${zone.id}`,
  Name: zone.name,
  CallerReference: `rehearsal-${zone.id}`,
  Config: { PrivateZone: false },
  ResourceRecordSetCount: recordSets(aws, zone).length,
});

const sortedZones = (account: Account) =>
  [...account.hostedZones].sort((a, b) => compare(reversed(a.name), reversed(b.name)));

function listZonesByName({ query }: RestRequest, call: Call): XmlFields {
  const from = query.get('dnsname');
  const maxItems = Number(query.get('maxitems') ?? MAX_ITEMS);
  // The list begins at the name that was asked for, or where that is no zone, at the next one.
  const zones = sortedZones(call.account).filter((zone) => !from || reversed(zone.name) >= reversed(from));
  const next = zones[maxItems];
  return {
    HostedZones: listOf(
      'HostedZone',
      zones.slice(0, maxItems).map((zone) => zoneFields(call, zone)),
    ),
    DNSName: from ?? undefined,
    IsTruncated: next !== undefined,
    NextDNSName: next?.name,
    NextHostedZoneId: next?.id,
    MaxItems: maxItems,
  };
}

function listRecordSets({ path, query }: RestRequest, call: Call): XmlFields {
  const maxItems = Number(query.get('maxitems') ?? MAX_ITEMS);
  const from = query.get('name');
  const type = query.get('type') ?? '';
  const all = recordSets(call.aws, needZone(call, path[0])).filter(
    (record) => !from || (compare(reversed(record.name), reversed(from)) || compare(record.type, type)) >= 0,
  );
  const next = all[maxItems];
  return {
    ResourceRecordSets: listOf(
      'ResourceRecordSet',
      all.slice(0, maxItems).map((record) => ({
        Name: record.name,
        Type: record.type,
        TTL: record.ttlSeconds,
        ResourceRecords: listOf(
          'ResourceRecord',
          record.values.map((value) => ({ Value: value })),
        ),
      })),
    ),
    IsTruncated: next !== undefined,
    NextRecordName: next?.name,
    NextRecordType: next?.type,
    MaxItems: maxItems,
  };
}

const textOf = (element: XmlElement | undefined, name: string) => child(element, name)?.text ?? '';

/** Reads one change and refuses it as Route 53 would. */
function readChange(aws: Aws, zone: HostedZone, change: XmlElement): RecordChange {
  const action = textOf(change, 'Action');
  const set = child(change, 'ResourceRecordSet');
  const name = absoluteName(textOf(set, 'Name'));
  const type = textOf(set, 'Type');
  const values = child(set, 'ResourceRecords')?.children.map((record) => textOf(record, 'Value')) ?? [];
  const record = `[name='${name}', type='${type}']`;
  if (!isIn(zone, name)) throw invalidBatch(`RRSet with DNS name ${name} is not permitted in zone ${zone.name}`);
  const existing = recordSets(aws, zone).find((other) => other.name === name && other.type === type);
  if (action === 'CREATE' && existing)
    throw invalidBatch(`Tried to create resource record set ${record} but it already exists`);
  if (action === 'DELETE' && (!existing || existing.values.join() !== values.join()))
    throw invalidBatch(`Tried to delete resource record set ${record} but it was not found`);
  if (action !== 'DELETE' && type === 'CNAME' && values.length !== 1)
    throw invalidBatch(`RRSet of type CNAME with DNS name ${name} must have exactly one value`);
  const ttlSeconds = Number(textOf(set, 'TTL') || 300);
  return { atMs: aws.agenda.now(), name, type, ttlSeconds, values: action === 'DELETE' ? [] : values };
}

const invalidBatch = (message: string) => new AwsError('InvalidChangeBatch', `[${message}]`);

function changeRecordSets({ path, body }: RestRequest, call: Call): XmlFields {
  const { aws } = call;
  const zone = needZone(call, path[0]);
  const changes = child(child(body, 'ChangeBatch'), 'Changes')?.children ?? [];
  if (changes.length === 0) throw invalidBatch('At least one change is needed');
  // All or nothing: each is read and checked before the first is made.
  aws.recordChanges.push(...changes.map((change) => readChange(aws, zone, change)));
  const id = `C${aws.ids.tail(13)}`;
  zone.changes.set(id, { submittedAtMs: aws.agenda.now() });
  return { ChangeInfo: changeInfo(call, id, aws.agenda.now()) };
}

const changeInfo = ({ aws }: Call, id: string, submittedAtMs: number): XmlFields => ({
  Id: `/change/${id}`,
  Status: aws.agenda.now() - submittedAtMs >= INSYNC_MS ? 'INSYNC' : 'PENDING',
  SubmittedAt: new Date(submittedAtMs),
});

export const route53: RestService = {
  protocol: 'rest',
  xmlns: 'https://route53.amazonaws.com/doc/2013-04-01/',
  routes: [
    {
      method: 'GET',
      path: /^\/2013-04-01\/hostedzonesbyname$/,
      answer: 'ListHostedZonesByNameResponse',
      run: listZonesByName,
    },
    {
      method: 'GET',
      path: /^\/2013-04-01\/hostedzone\/([^/]+)$/,
      answer: 'GetHostedZoneResponse',
      run({ path }, call) {
        const zone = needZone(call, path[0]);
        const nameServers = listOf('NameServer', zone.nameServers);
        return { HostedZone: zoneFields(call, zone), DelegationSet: { NameServers: nameServers } };
      },
    },
    {
      method: 'GET',
      path: /^\/2013-04-01\/hostedzone\/([^/]+)\/rrset$/,
      answer: 'ListResourceRecordSetsResponse',
      run: listRecordSets,
    },
    {
      method: 'POST',
      path: /^\/2013-04-01\/hostedzone\/([^/]+)\/rrset\/?$/,
      answer: 'ChangeResourceRecordSetsResponse',
      run: changeRecordSets,
    },
    {
      method: 'GET',
      path: /^\/2013-04-01\/change\/([^/]+)$/,
      answer: 'GetChangeResponse',
      run({ path }, call) {
        const id = path[0] ?? '';
        const change = call.account.hostedZones.map((zone) => zone.changes.get(id)).find((found) => found);
        if (!change) throw new AwsError('NoSuchChange', `A change with id ${id} does not exist`, 404);
        return { ChangeInfo: changeInfo(call, id, change.submittedAtMs) };
      },
    },
  ],
};
