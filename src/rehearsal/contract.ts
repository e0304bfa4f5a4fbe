/** What the parts of the embedded world know of each other. */

/** A CloudFormation template, as far as the world cares. */
export interface Template {
  readonly Description?: string;
  readonly Parameters?: Readonly<
    Record<string, { readonly Type: string; readonly Default?: string; readonly NoEcho?: boolean }>
  >;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: 'Delete' | 'Retain' | 'Snapshot';
}

/** One UPSERT (or DELETE: no values) of a public record. */
export interface RecordChange {
  readonly atMs: number;
  /** With its final dot. */
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly values: readonly string[];
}

export interface SeedSubscription {
  readonly protocol: string;
  readonly endpoint: string;
  readonly owner: string;
  readonly confirmed: boolean;
  /** Unsubscribed by its own endpoint: SNS goes on listing it as `Deleted` for a while. */
  readonly deleted?: true;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The AWS of the world: one HTTP endpoint for every service; the account is told by the access key, the service by the signature's scope. */
export interface AwsWorld {
  readonly url: string;
  close(): Promise<void>;

  /** Every change of a public record since the beginning, oldest first, seeds included. */
  recordChanges(): readonly RecordChange[];
  /** Undefined where there is none (deleted ones do not count). */
  stackStatus(accountId: string, stackName: string): string | undefined;
  /** Called when an operation has reached its terminal status. */
  onStackSettled(
    listener: (settled: {
      readonly accountId: string;
      readonly stackName: string;
      readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
      readonly stackStatus: string;
    }) => void,
  ): void;
  /** What a person does who clicks the link in the mail. */
  confirmSubscription(topicArn: string, protocol: string, endpoint: string): void;
  /** From now on the calls made with this key are answered ExpiredToken; seeding the account's key again ends that. */
  expireCredentials(accessKeyId: string): void;
  /** Whether the network is away, for everything that stands behind it. */
  isCutOff(): boolean;
  /** The subscriptions as they are, for tests: attributes included. */
  subscriptions(topicArn: string): readonly (SeedSubscription & { readonly arn: string })[];
  /** What was published to a topic, oldest first, with whom it reached. */
  messages(
    topicArn: string,
  ): readonly { readonly subject: string; readonly text: string; readonly endpoints: readonly string[] }[];

  readonly seed: {
    account(accountId: string, accessKeyId: string, region: string): void;
    stack(input: {
      readonly accountId: string;
      readonly stackName: string;
      readonly template: Template;
      readonly parameters?: Readonly<Record<string, string>>;
      readonly tags: Readonly<Record<string, string>>;
      readonly createdAtMs: number;
      readonly updatedAtMs?: number;
    }): void;
    /** What the TemplateURL of a nested stack leads to. */
    template(input: { readonly accountId: string; readonly url: string; readonly template: Template }): void;
    /** A change set that an earlier run has left behind, made from the stack as it is but for the resources given. */
    changeSet(input: {
      readonly accountId: string;
      readonly stackName: string;
      readonly changeSetName: string;
      readonly createdAtMs: number;
      /** None: it is FAILED, because it contains no changes. */
      readonly resources: Template['Resources'];
    }): void;
    topic(input: {
      readonly accountId: string;
      readonly name: string;
      readonly subscriptions: readonly SeedSubscription[];
      /** Filter policies that the topic may have; AWS: 200. */
      readonly filterPolicyLimit: number;
    }): void;
    hostedZone(input: {
      readonly accountId: string;
      readonly name: string;
      readonly nameServers: readonly string[];
    }): void;
    record(change: RecordChange): void;
    distribution(input: {
      readonly accountId: string;
      readonly domainName: string;
      readonly aliases: readonly string[];
    }): void;
    loadBalancer(input: {
      readonly accountId: string;
      readonly name: string;
      readonly dnsName: string;
      readonly kind: 'classic' | 'application';
      readonly targets: readonly { readonly id: string; readonly state: string }[];
    }): void;
    image(input: {
      readonly accountId: string;
      readonly imageId: string;
      readonly name: string;
      readonly ownerId: string;
      readonly createdAtMs: number;
      readonly tags: Readonly<Record<string, string>>;
    }): void;
    instance(input: {
      readonly accountId: string;
      readonly name: string;
      readonly imageId: string;
      readonly launchedAtMs: number;
      readonly privateIpAddress: string;
    }): void;
    rule(input: { readonly accountId: string; readonly name: string; readonly state: 'ENABLED' | 'DISABLED' }): void;
    queue(input: { readonly accountId: string; readonly name: string; readonly visible: number }): void;
    /** One that somebody took. */
    tableBackup(input: {
      readonly accountId: string;
      readonly name: string;
      readonly table: string;
      readonly madeAtMs: number;
    }): void;
    /** One that somebody took, of an instance or a cluster by its identifier. */
    databaseSnapshot(input: {
      readonly accountId: string;
      readonly name: string;
      readonly of: 'instance' | 'cluster';
      readonly database: string;
      readonly madeAtMs: number;
    }): void;
    bucket(input: { readonly accountId: string; readonly name: string }): void;
    iam(input: {
      readonly accountId: string;
      readonly groups: readonly { readonly name: string; readonly document: unknown }[];
      readonly roles: readonly { readonly name: string; readonly document: unknown }[];
      readonly policies: readonly { readonly name: string; readonly document: unknown }[];
    }): void;
  };
}
