/** The doors to an account's services, as clients/doors.ts describes them all. */

import type { CloudFormationAct, CloudFormationRead } from './cloudFormationDoors.ts';

export type * from './cloudFormationDoors.ts';

/** One address of the mailing list. */
export interface Subscription {
  /** The word `PendingConfirmation` or `Deleted` where it is not an ARN. */
  readonly subscriptionArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly owner: string;
}

/** What is asked of SNS. */
export interface SnsRead {
  /** Undefined where there is none of this name. */
  findTopic(topicName: string, signal?: AbortSignal): Promise<string | undefined>;
  /** All pages. */
  listSubscriptions(topicArn: string, signal?: AbortSignal): Promise<readonly Subscription[]>;
  /** Undefined where it is gone. */
  subscriptionAttributes(arn: string, signal?: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>;
}

/** What we change in SNS, one subscription at a time. */
export interface SnsAct {
  setSubscriptionAttribute(arn: string, name: string, value: string, signal?: AbortSignal): Promise<void>;
  /** Returns the ARN, or the words `pending confirmation`. */
  subscribe(
    input: {
      readonly topicArn: string;
      readonly protocol: string;
      readonly endpoint: string;
      readonly attributes: Readonly<Record<string, string>>;
    },
    signal?: AbortSignal,
  ): Promise<string>;
  unsubscribe(arn: string, signal?: AbortSignal): Promise<void>;
  /** Sends a message to everybody who is subscribed. Returns its id. */
  publish(
    topicArn: string,
    message: { readonly subject: string; readonly text: string },
    signal?: AbortSignal,
  ): Promise<string>;
}

/** A public zone with the servers that answer for it. */
export interface HostedZone {
  readonly id: string;
  /** With its final dot. */
  readonly name: string;
  readonly nameServers: readonly string[];
}

/** A record as it is configured. */
export interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds?: number;
  readonly values: readonly string[];
  /** The whole record set as JSON, with whatever else it has (alias, weight, health check): what would put it back. */
  readonly whole: string;
}

/** What is asked of Route 53. */
export interface Route53Read {
  findHostedZone(domain: string, signal?: AbortSignal): Promise<HostedZone | undefined>;
  /** What is configured, which is not yet what is served (it may be PENDING). */
  recordSet(zoneId: string, name: string, type: string, signal?: AbortSignal): Promise<RecordSet | undefined>;
}

/** What is asked of CloudFront. */
export interface CloudFrontRead {
  /** The first distribution whose aliases hold the host. */
  findDistribution(
    alias: string,
    signal?: AbortSignal,
  ): Promise<{ readonly id: string; readonly domainName: string } | undefined>;
}

/** A load balancer of either kind. */
export interface LoadBalancer {
  readonly name: string;
  readonly dnsName: string;
  readonly kind: 'classic' | 'application';
  readonly arn?: string;
}

/** What a load balancer thinks of one machine behind it. */
export interface TargetHealth {
  readonly targetId: string;
  /** healthy, unhealthy, initial, draining, unused, InService, OutOfService, … */
  readonly state: string;
  readonly reason?: string;
}

/** What is asked of both load balancing services. */
export interface LoadBalancerRead {
  /** The first classic, then application load balancer whose name starts so (as maintenance.py looks). */
  findLoadBalancer(namePrefix: string, signal?: AbortSignal): Promise<LoadBalancer | undefined>;
  targetHealth(loadBalancer: LoadBalancer, signal?: AbortSignal): Promise<readonly TargetHealth[]>;
}

/** An AMI. */
export interface Image {
  readonly imageId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly creationTimeMs: number;
  /** pending, available, failed, … */
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A machine. */
export interface Instance {
  readonly instanceId: string;
  readonly name: string;
  readonly state: string;
  readonly launchTimeMs: number;
  readonly privateIpAddress?: string;
  readonly publicIpAddress?: string;
  readonly imageId?: string;
}

/** What is asked of EC2. */
export interface Ec2Read {
  /** Images whose name matches one of the patterns (`*` and `?`), of any owner, as boss-manage looks; newest first. */
  images(namePatterns: readonly string[], signal?: AbortSignal): Promise<readonly Image[]>;
  /** Instances whose Name tag is one of these, in any state but terminated. */
  instances(names: readonly string[], signal?: AbortSignal): Promise<readonly Instance[]>;
}

/** What we change in EC2. */
export interface Ec2Act {
  /** Returns the new image's id. Its Commit tag and the others are set in the same call. Idempotent by `clientToken`. */
  copyImage(
    input: {
      readonly sourceImageId: string;
      readonly name: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly clientToken: string;
    },
    signal?: AbortSignal,
  ): Promise<string>;
}

/** An EventBridge rule. */
export interface Rule {
  readonly name: string;
  /** ENABLED or DISABLED. */
  readonly state: string;
}

/** What is asked of EventBridge. */
export interface EventBridgeRead {
  describeRule(name: string, signal?: AbortSignal): Promise<Rule | undefined>;
}

/** What we change in EventBridge. */
export interface EventBridgeAct {
  disableRule(name: string, signal?: AbortSignal): Promise<void>;
}

/** Who we are to AWS, and for how long. */
export interface StsRead {
  callerIdentity(signal?: AbortSignal): Promise<{ readonly account: string; readonly arn: string }>;
  /** Rejects unless the credentials are of the account that this door is for. */
  mustBeOurs(signal?: AbortSignal): Promise<void>;
  /** When the credentials end that nothing renews by itself; undefined where they do not. */
  credentialsEndMs(): Promise<number | undefined>;
}

/** What is asked of DynamoDB. */
export interface DynamoDbRead {
  describeTable(
    name: string,
    signal?: AbortSignal,
  ): Promise<
    | {
        readonly tableName: string;
        readonly tableStatus: string;
        readonly indexes: readonly { readonly indexName: string; readonly indexStatus: string }[];
      }
    | undefined
  >;
  /**
   * Until when a table can be put back to any moment (PITR), in milliseconds; `never` where it cannot. Undefined where
   * there is no such table.
   */
  restorableToMs(name: string, signal?: AbortSignal): Promise<number | 'never' | undefined>;
  /** What somebody, or AWS Backup, took of a table. Empty where there is none. */
  backups(name: string, signal?: AbortSignal): Promise<readonly DatabaseSnapshot[]>;
}

/** Until when a database can be put back to any moment, by its automated backups. */
export interface Restorable {
  /** Milliseconds; `never` where they are off, `notYet` where there is none so far. */
  readonly toMs: number | 'never' | 'notYet';
}

/** What is asked of RDS. Undefined where there is no such database. */
export interface RdsRead {
  /** By its identifier. An instance that is a part of a cluster tells of which: its data is there. */
  instance(id: string, signal?: AbortSignal): Promise<(Restorable & { readonly clusterId?: string }) | undefined>;
  /** By its identifier. */
  cluster(id: string, signal?: AbortSignal): Promise<Restorable | undefined>;
  /** Those of an instance that somebody took, by its identifier. Empty where there are none. */
  instanceSnapshots(id: string, signal?: AbortSignal): Promise<readonly DatabaseSnapshot[]>;
  /** The same of a cluster. */
  clusterSnapshots(id: string, signal?: AbortSignal): Promise<readonly DatabaseSnapshot[]>;
}

/** A snapshot of a database, or a backup of a table. What somebody took stays when that is deleted. */
export interface DatabaseSnapshot {
  readonly name: string;
  /** `creating`, `available`, `failed`, …. */
  readonly status: string;
  /** Absent while it is being made. */
  readonly madeAtMs?: number;
}

/** A snapshot of a cache. */
export interface CacheSnapshot extends DatabaseSnapshot {
  /** Made by the cache's own schedule: such a one is deleted with its cache. */
  readonly isAutomatic: boolean;
}

/** What is asked of ElastiCache. */
export interface ElastiCacheRead {
  /** All of a replication group's, in no order. */
  snapshots(replicationGroupId: string, signal?: AbortSignal): Promise<readonly CacheSnapshot[]>;
  /** All of a cache cluster's that stands alone, in no order. */
  clusterSnapshots(cacheClusterId: string, signal?: AbortSignal): Promise<readonly CacheSnapshot[]>;
  /** Undefined where there is none of this name. */
  snapshot(name: string, signal?: AbortSignal): Promise<CacheSnapshot | undefined>;
}

/** What we add to ElastiCache. */
export interface ElastiCacheAct {
  /** Begins one; it is there when its status is `available`. */
  createSnapshot(
    input: { readonly replicationGroupId: string; readonly name: string },
    signal?: AbortSignal,
  ): Promise<void>;
}

/** What is asked of SQS. */
export interface SqsRead {
  /** By queue name or URL. Undefined where there is none. */
  depth(
    queue: string,
    signal?: AbortSignal,
  ): Promise<{ readonly visible: number; readonly notVisible: number; readonly delayed: number } | undefined>;
}

/** One object of S3. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}
export interface S3Read {
  /** The object's text; undefined where there is none. */
  read(location: S3Location, signal?: AbortSignal): Promise<string | undefined>;
}
export interface S3Act {
  /** Encrypted at rest by S3's own key. The same text again changes nothing. */
  write(location: S3Location, body: string, signal?: AbortSignal): Promise<void>;
}

/** All that may be read of one account. */
export interface AwsRead {
  /** How many calls AWS put off (throttling, a passing fault) and the client repeated by itself, since the start. */
  repeatedCalls(): number;
  readonly cloudFormation: CloudFormationRead;
  readonly sns: SnsRead;
  readonly route53: Route53Read;
  readonly cloudFront: CloudFrontRead;
  readonly loadBalancers: LoadBalancerRead;
  readonly ec2: Ec2Read;
  readonly eventBridge: EventBridgeRead;
  readonly sts: StsRead;
  readonly dynamoDb: DynamoDbRead;
  readonly elastiCache: ElastiCacheRead;
  readonly rds: RdsRead;
  readonly sqs: SqsRead;
  readonly s3: S3Read;
}

/** All that we ever change ourselves. */
export interface AwsAct extends AwsRead {
  readonly cloudFormation: CloudFormationRead & CloudFormationAct;
  readonly sns: SnsRead & SnsAct;
  readonly elastiCache: ElastiCacheRead & ElastiCacheAct;
  readonly ec2: Ec2Read & Ec2Act;
  readonly eventBridge: EventBridgeRead & EventBridgeAct;
  readonly s3: S3Read & S3Act;
}
