import type { RecordChange, Template } from '../contract.ts';
import type { FaultName } from '../faults.ts';
import type { Outage } from '../outages.ts';
import type { Agenda } from './agenda.ts';
import type { Stack } from './cloudFormation/stack.ts';
import type { Distribution } from './cloudFront.ts';
import type { Table, TableBackup } from './dynamoDb.ts';
import type { Image, Instance } from './ec2.ts';
import type { CacheSnapshot } from './elastiCache.ts';
import type { Rule } from './eventBridge.ts';
import type { IamEntity } from './iam.ts';
import type { Ids } from './ids.ts';
import type { LoadBalancer, TargetGroup } from './loadBalancers.ts';
import type { DatabaseSnapshot } from './rds.ts';
import type { HostedZone } from './route53.ts';
import type { Bucket } from './s3.ts';
import type { Topic } from './sns.ts';
import type { Queue } from './sqs.ts';

/** One account in one region: what each service keeps for it. */
export interface Account {
  readonly accountId: string;
  readonly region: string;
  /** Deleted ones included, oldest first. */
  readonly stacks: Stack[];
  /** By ARN. */
  readonly topics: Map<string, Topic>;
  readonly hostedZones: HostedZone[];
  readonly distributions: Distribution[];
  readonly loadBalancers: LoadBalancer[];
  readonly targetGroups: TargetGroup[];
  readonly images: Image[];
  readonly instances: Instance[];
  /** The five below: by name. */
  readonly buckets: Map<string, Bucket>;
  readonly rules: Map<string, Rule>;
  readonly queues: Map<string, Queue>;
  readonly tables: Map<string, Table>;
  /** Templates that nested stacks are made from, by the URL that their properties name. */
  readonly templates: Map<string, Template>;
  /** Oldest first. */
  readonly cacheSnapshots: CacheSnapshot[];
  readonly databaseSnapshots: DatabaseSnapshot[];
  readonly tableBackups: TableBackup[];
  readonly iam: { groups: readonly IamEntity[]; roles: readonly IamEntity[]; policies: readonly IamEntity[] };
}

/** What a listener of {@link Aws.settled} is told. */
export interface Settled {
  readonly accountId: string;
  readonly stackName: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly stackStatus: string;
}

/** All of it. */
export interface Aws {
  /** Where it listens, without a final slash. */
  readonly url: string;
  readonly agenda: Agenda;
  readonly ids: Ids;
  readonly faults: ReadonlySet<FaultName>;
  /** Faults that strike once, by name, when they have struck. */
  readonly struck: Set<FaultName>;
  /** The credentials of the account that is being updated expire for a while. */
  readonly expiry: Outage;
  /** Nothing answers for a while. */
  readonly networkLoss: Outage;
  /** By account id. */
  readonly accounts: Map<string, Account>;
  readonly accessKeys: Map<string, { readonly account: Account; expired: boolean }>;
  /** Every record that was set, public or not, oldest first. */
  readonly recordChanges: RecordChange[];
  readonly settled: Set<(settled: Settled) => void>;
}

/** One call: whose, and the world it is made in. */
export interface Call {
  readonly aws: Aws;
  readonly account: Account;
}

export const createAccount = (accountId: string, region: string): Account => ({
  accountId,
  region,
  stacks: [],
  topics: new Map(),
  hostedZones: [],
  distributions: [],
  loadBalancers: [],
  targetGroups: [],
  images: [],
  instances: [],
  buckets: new Map(),
  rules: new Map(),
  queues: new Map(),
  tables: new Map(),
  templates: new Map(),
  cacheSnapshots: [],
  databaseSnapshots: [],
  tableBackups: [],
  iam: { groups: [], roles: [], policies: [] },
});

/** `arn:aws:sns:us-east-1:123456789012:name`. */
export const arn = (account: Account, service: string, resource: string): string =>
  `arn:aws:${service}:${account.region}:${account.accountId}:${resource}`;
