/**
 * The doors to the outside, as the rest of the program sees them: narrow, typed, parsed. Each returns plain readonly
 * data and throws an `Error` whose message says what happened, to what, and what to do. Every call takes an optional
 * AbortSignal. Strings are as the service gave them, except that property values under secrets' names are masked.
 * Times are milliseconds since the epoch.
 */

// --- CloudFormation ---------------------------------------------------------------------------------------------

export interface StackSummary {
  readonly stackName: string;
  readonly stackId: string;
  readonly stackStatus: string;
  readonly stackStatusReason?: string;
  readonly creationTimeMs: number;
  readonly lastUpdatedTimeMs?: number;
}
export interface Stack extends StackSummary {
  /** ARN of the change set that was executed last: no list shows it any more. */
  readonly changeSetId?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}
export interface StackEvent {
  readonly eventId: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalResourceId: string;
  readonly physicalResourceId?: string;
  readonly resourceType: string;
  readonly resourceStatus: string;
  readonly resourceStatusReason?: string;
  readonly timestampMs: number;
}
export interface StackResource {
  readonly logicalResourceId: string;
  readonly physicalResourceId?: string;
  readonly resourceType: string;
  readonly resourceStatus: string;
}
export interface ChangeSetSummary {
  /** The ARN. */
  readonly changeSetId: string;
  readonly changeSetName: string;
  readonly stackId: string;
  readonly stackName: string;
  /** CREATE_PENDING, CREATE_IN_PROGRESS, CREATE_COMPLETE, FAILED, … */
  readonly status: string;
  /** UNAVAILABLE, AVAILABLE, EXECUTE_IN_PROGRESS, … */
  readonly executionStatus: string;
  readonly statusReason?: string;
  readonly creationTimeMs: number;
}
export interface ResourceChangeDetail {
  readonly attribute: string;
  readonly name?: string;
  readonly requiresRecreation?: string;
  readonly evaluation?: string;
  readonly changeSource?: string;
  readonly causingEntity?: string;
  readonly path?: string;
  readonly before?: string;
  readonly after?: string;
}
export interface ResourceChange {
  readonly action: string;
  readonly logicalResourceId: string;
  readonly physicalResourceId?: string;
  readonly resourceType: string;
  /** True, False or Conditional. */
  readonly replacement?: string;
  /** Delete, Retain, Snapshot, ReplaceAndDelete, ReplaceAndRetain, ReplaceAndSnapshot. */
  readonly policyAction?: string;
  readonly scope: readonly string[];
  readonly details: readonly ResourceChangeDetail[];
  /** ARN of the nested stack's own change set. */
  readonly nestedChangeSetId?: string;
}
export interface ChangeSet extends ChangeSetSummary {
  /** All pages; described with and without property values and merged (cdk-cli #1780). */
  readonly changes: readonly ResourceChange[];
}
export interface CloudFormationRead {
  /** Every stack of the account that is not deleted, all pages. */
  listStacks(signal?: AbortSignal): Promise<readonly StackSummary[]>;
  /** Undefined where there is none of this name or id. A deleted one is found by its id. */
  describeStack(nameOrId: string, signal?: AbortSignal): Promise<Stack | undefined>;
  /** One page, newest first. */
  stackEventsPage(
    stackId: string,
    nextToken?: string,
    signal?: AbortSignal,
  ): Promise<{ readonly events: readonly StackEvent[]; readonly nextToken?: string }>;
  stackResources(stackName: string, signal?: AbortSignal): Promise<readonly StackResource[]>;
  listChangeSets(stackName: string, signal?: AbortSignal): Promise<readonly ChangeSetSummary[]>;
  /** Undefined where there is none. */
  describeChangeSet(stackName: string, nameOrArn: string, signal?: AbortSignal): Promise<ChangeSet | undefined>;
  /** The deployed template's text. */
  getTemplate(stackName: string, signal?: AbortSignal): Promise<string>;
}
export interface CloudFormationAct {
  /** Returns the ARN. A parameter whose value was read masked keeps the value that the stack has. */
  createChangeSet(
    input: {
      readonly stackName: string;
      readonly changeSetName: string;
      readonly templateBody: string;
      readonly parameters: Readonly<Record<string, string>>;
      readonly description?: string;
    },
    signal?: AbortSignal,
  ): Promise<string>;
  deleteChangeSet(changeSetArn: string, signal?: AbortSignal): Promise<void>;
}

// --- SNS --------------------------------------------------------------------------------------------------------

export interface Subscription {
  /** The word `PendingConfirmation` or `Deleted` where it is not an ARN. */
  readonly subscriptionArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly owner: string;
}
export interface SnsRead {
  /** Undefined where there is none of this name. */
  findTopic(topicName: string, signal?: AbortSignal): Promise<string | undefined>;
  /** All pages. */
  listSubscriptions(topicArn: string, signal?: AbortSignal): Promise<readonly Subscription[]>;
  /** Undefined where it is gone. */
  subscriptionAttributes(arn: string, signal?: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>;
}
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
}

// --- The other services -----------------------------------------------------------------------------------------

export interface HostedZone {
  readonly id: string;
  /** With its final dot. */
  readonly name: string;
  readonly nameServers: readonly string[];
}
export interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds?: number;
  readonly values: readonly string[];
}
export interface Route53Read {
  findHostedZone(domain: string, signal?: AbortSignal): Promise<HostedZone | undefined>;
  /** What is configured, which is not yet what is served (it may be PENDING). */
  recordSet(zoneId: string, name: string, type: string, signal?: AbortSignal): Promise<RecordSet | undefined>;
}
export interface CloudFrontRead {
  /** The first distribution whose aliases hold the host. */
  findDistribution(
    alias: string,
    signal?: AbortSignal,
  ): Promise<{ readonly id: string; readonly domainName: string } | undefined>;
}
export interface LoadBalancer {
  readonly name: string;
  readonly dnsName: string;
  readonly kind: 'classic' | 'application';
  readonly arn?: string;
}
export interface TargetHealth {
  readonly targetId: string;
  /** healthy, unhealthy, initial, draining, unused, InService, OutOfService, … */
  readonly state: string;
  readonly reason?: string;
}
export interface LoadBalancerRead {
  /** The first classic, then application load balancer whose name starts so (as maintenance.py looks). */
  findLoadBalancer(namePrefix: string, signal?: AbortSignal): Promise<LoadBalancer | undefined>;
  targetHealth(loadBalancer: LoadBalancer, signal?: AbortSignal): Promise<readonly TargetHealth[]>;
}
export interface Image {
  readonly imageId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly creationTimeMs: number;
  /** pending, available, failed, … */
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}
export interface Instance {
  readonly instanceId: string;
  readonly name: string;
  readonly state: string;
  readonly launchTimeMs: number;
  readonly privateIpAddress?: string;
  readonly publicIpAddress?: string;
  readonly imageId?: string;
}
export interface Ec2Read {
  /** Images whose name matches a pattern (`*` and `?`), of any owner, as boss-manage looks; newest first. */
  images(namePattern: string, signal?: AbortSignal): Promise<readonly Image[]>;
  /** Instances whose Name tag is one of these, in any state but terminated. */
  instances(names: readonly string[], signal?: AbortSignal): Promise<readonly Instance[]>;
}
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
export interface Rule {
  readonly name: string;
  /** ENABLED or DISABLED. */
  readonly state: string;
}
export interface EventBridgeRead {
  describeRule(name: string, signal?: AbortSignal): Promise<Rule | undefined>;
}
export interface EventBridgeAct {
  disableRule(name: string, signal?: AbortSignal): Promise<void>;
}
export interface StsRead {
  callerIdentity(signal?: AbortSignal): Promise<{ readonly account: string; readonly arn: string }>;
  /** When the credentials end; undefined where they do not. */
  credentialsEndMs(): Promise<number | undefined>;
}
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
}
export interface SqsRead {
  /** By queue name or URL. Undefined where there is none. */
  depth(
    queue: string,
    signal?: AbortSignal,
  ): Promise<{ readonly visible: number; readonly notVisible: number; readonly delayed: number } | undefined>;
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
  readonly sqs: SqsRead;
}
/** All that we ever change ourselves. */
export interface AwsAct extends AwsRead {
  readonly cloudFormation: CloudFormationRead & CloudFormationAct;
  readonly sns: SnsRead & SnsAct;
  readonly ec2: Ec2Read & Ec2Act;
  readonly eventBridge: EventBridgeRead & EventBridgeAct;
}

// --- DNS --------------------------------------------------------------------------------------------------------

export interface DnsServer {
  /** As it is shown: `ns-1.awsdns-01.org`, `8.8.8.8`. */
  readonly label: string;
  readonly address: string;
  readonly port: number;
  readonly authoritative: boolean;
}
export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly data: string;
}
/** What one server said to one question. `error` stands in for all else where it said nothing. */
export interface DnsAnswer {
  readonly server: DnsServer;
  readonly askedAtMs: number;
  readonly rttMs: number;
  readonly rcode?: string;
  readonly aa?: boolean;
  readonly chain: readonly DnsRecord[];
  readonly error?: string;
}
export interface Dig {
  /** Never throws for what a server does: silence and nonsense are answers with an `error`. */
  ask(server: DnsServer, name: string, type: 'CNAME' | 'A' | 'NS' | 'SOA', signal?: AbortSignal): Promise<DnsAnswer>;
}

// --- Redis ------------------------------------------------------------------------------------------------------

/** One complete SCAN over every database of one server process. */
export interface CachePass {
  readonly runId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Keys seen in all. */
  readonly keys: number;
  /** How many match each pattern that was asked for. */
  readonly counts: Readonly<Record<string, number>>;
  /** Some of the matching keys, by pattern, at most 100 each. */
  readonly samples: Readonly<Record<string, readonly string[]>>;
}
export interface CacheRead {
  /** `cache`, `cache-state`, `cache-session`. */
  readonly name: string;
  /** Keys over all databases (INFO keyspace), with the process's run id and role. */
  look(signal?: AbortSignal): Promise<{ readonly runId: string; readonly role: string; readonly keys: number }>;
  /**
   * One pass; rejects where the process changed, the connection was lost or the role is not master, so that a pass
   * that resolves is a proof. Never uses KEYS.
   */
  scan(patterns: readonly string[], onProgress: (keys: number) => void, signal?: AbortSignal): Promise<CachePass>;
  close(): Promise<void>;
}
export interface Caches {
  /** The names of the caches that this bosslet has. */
  readonly names: readonly string[];
  /** Opens a connection of its own on first use. Throws for an unknown name. */
  cache(name: string): CacheRead;
  close(): Promise<void>;
}

// --- HTTP, git, files -------------------------------------------------------------------------------------------

export interface HttpAnswer {
  readonly status: number;
  /** At most 64 KiB of it. */
  readonly body: string;
}
export interface Http {
  /**
   * One GET, redirects not followed. `via` is the host to connect to while `url`'s own host is asked for: the load
   * balancer's address with the API's name. Throws where nothing answered.
   */
  get(url: string, options?: { readonly via?: string; readonly signal?: AbortSignal }): Promise<HttpAnswer>;
}
export interface GitRead {
  /** 40 hex digits. */
  head(signal?: AbortSignal): Promise<string>;
  /** `git status --porcelain`, a line each. */
  status(signal?: AbortSignal): Promise<readonly string[]>;
  diff(paths: readonly string[], signal?: AbortSignal): Promise<string>;
}
export interface GitAct extends GitRead {
  /** Puts tracked files back as they are in HEAD. */
  restore(paths: readonly string[], signal?: AbortSignal): Promise<void>;
}

// --- Scripts ----------------------------------------------------------------------------------------------------

/** A boss-manage command as an argument vector; no shell is ever involved. */
export interface ScriptCommand {
  /** Absolute path of the executable. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to the environment that scripts get. */
  readonly env?: Readonly<Record<string, string>>;
}
export interface ScriptResult {
  /** 128 + n where it died of signal n; 127 where it could not be run. */
  readonly exitCode: number;
  /** By the wall clock, also in a rehearsal: a supervisor knows no other. */
  readonly endedAtMs: number;
}
/** What a script's folder says. */
export type ScriptState =
  | { readonly is: 'missing' }
  | { readonly is: 'running'; readonly logBytes: number }
  | { readonly is: 'ended'; readonly logBytes: number; readonly result: ScriptResult }
  /** Its supervisor died without a result: a reboot, a kill. */
  | { readonly is: 'lost'; readonly logBytes: number };
export interface ScriptsRead {
  state(folder: string): Promise<ScriptState>;
  /** Raw bytes of the log from an offset, as UTF-8; at most `maxBytes`. `nextOffset` never splits a character. */
  read(
    folder: string,
    offset: number,
    maxBytes?: number,
  ): Promise<{ readonly text: string; readonly nextOffset: number }>;
  /** Resolves when the log grew past `offset`, the script ended, or `ms` real milliseconds passed. */
  changed(folder: string, offset: number, ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Runs a command that only reads, on pipes, output in memory: never logged, never journaled. Its stdout; where the
   * exit code is not 0, its stderr after that. Its controlling terminal is one that nobody sees.
   */
  capture(
    command: ScriptCommand,
    signal?: AbortSignal,
  ): Promise<{ readonly exitCode: number; readonly output: string }>;
}
export interface ScriptsAct extends ScriptsRead {
  /** Starts a script under its supervisor in a new 0700 folder. Throws where the folder exists. */
  start(folder: string, command: ScriptCommand): Promise<void>;
  /**
   * Puts answer number `n` (1, 2, …) with the Enter that ends it. Throws where that number was given or the one before
   * it was not, and for a text with a control character.
   */
  answer(folder: string, n: number, text: string): Promise<void>;
  answered(folder: string, n: number): Promise<boolean>;
  /** What Ctrl-C on its terminal would send; numbered like an answer. */
  interrupt(folder: string, n: number): Promise<void>;
}

// --- All of them ------------------------------------------------------------------------------------------------

export interface ReadDoors {
  readonly aws: AwsRead;
  /** The dev account; absent where the bosslet names none. */
  readonly dev?: AwsRead;
  readonly dig: Dig;
  readonly caches: Caches;
  readonly http: Http;
  readonly git: GitRead;
  readonly scripts: ScriptsRead;
}
export interface ActDoors extends ReadDoors {
  readonly aws: AwsAct;
  readonly dev?: AwsAct;
  readonly git: GitAct;
  readonly scripts: ScriptsAct;
}
