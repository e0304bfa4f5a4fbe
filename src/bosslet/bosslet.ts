/** A Redis that is reached by URL, or through the deployment's own machines. */
export type RedisRoute = 'endpoint' | 'bastion' | 'direct';

/** How the system's `ssh` enters the deployment's machines. */
export interface SshAccess {
  /** On the machines behind the bastion: `ubuntu`. */
  readonly user: string;
  /** On the bastion: `ec2-user`. */
  readonly bastionUser: string;
  readonly port: number;
  /** Absolute; absent: whatever the user's own configuration and agent offer. */
  readonly identityFile?: string;
  /** Absolute; read after ours. Absent: the user's own, `~/.ssh/config`. */
  readonly configFile?: string;
}

/** Whom we act on: one deployment of BOSS, and how its parts are reached. Everything is explicit; nothing is a secret. */
export interface Bosslet {
  /** boss-manage's own name: `production.boss`. */
  readonly name: string;
  readonly internalDomain: string;
  readonly externalDomain: string;
  /** How boss-manage calls a machine in the public domain: `{machine}-integration`; absent: by its name alone. */
  readonly externalFormat?: string;
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
  /** The AWS profile; absent: the environment's credentials. */
  readonly profile?: string;
  /** Name of the SNS topic that carries the mailing list. */
  readonly alertTopic: string;
  /** Endpoint of the operator's own subscription, which always stays. */
  readonly operator: string;
  readonly scenario?: string;
  /** Label of this release's AMIs: `sprint42`. */
  readonly sprint: string;
  /** What boss-manage appends to a machine's name in an AMI's name: `.boss`. */
  readonly amiSuffix: string;
  readonly dev?: { readonly bosslet: string; readonly accountId: string; readonly profile?: string };
  /** `https://api.theboss.io`, without a path. */
  readonly apiUrl: string;
  /** Certificates that the API's is proven by, besides the well-known ones; absolute. */
  readonly caFile?: string;
  /** A text by which the maintenance page is known. */
  readonly maintenance: { readonly contains: string };
  readonly dns: {
    /** Recursive resolvers: `8.8.8.8`, `1.1.1.1:53`, `[::1]:5353`, or `system`, the one that this machine itself asks. */
    readonly resolvers: readonly string[];
    /** Whether the zone's own name servers are asked too. */
    readonly authoritative: boolean;
    /** Where a name server listens, by its name, where it is not at port 53 of its address. Rehearsals need it. */
    readonly nameServers?: Readonly<Record<string, string>>;
    /** How a resolver is shown, by its `address:port`; else its address. */
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly redis: {
    readonly via: RedisRoute;
    /** Key: `cache`, `cache-state`, `cache-session`; value: a redis:// or rediss:// URL, for `direct`. */
    readonly caches: Readonly<Record<string, string>>;
    /** How the deployment's machines are entered, for `endpoint` and `bastion`; a rehearsal has no such machines. */
    readonly ssh?: SshAccess;
  };
  /** Where a host is connected to, `address:port` by host name, instead of what DNS says. Rehearsals need it. */
  readonly connect?: Readonly<Record<string, string>>;
  /** The boss-manage checkout, absolute; absent: there is none, and the world can only be looked at. */
  readonly bossManage?: string;
  /** The interpreter that runs the scripts; absent: their own shebang. */
  readonly python?: string;
  /** Where the second copy of the mailing list's snapshot goes: a folder, absolute, or `s3://bucket/prefix`. */
  readonly evidenceCopyTo?: string;
  /** What is doubtful of all this, for the preflight. */
  readonly doubts?: readonly Doubt[];
}

/** A part of the configuration that a release may trip over. `stop`: none may begin with it. */
export interface Doubt {
  readonly level: 'stop' | 'warn';
  /** A sentence. */
  readonly text: string;
  readonly cure: string;
}

/** The checkout, for what cannot do without one. Throws where there is none. */
export function checkoutOf({ bossManage }: Pick<Bosslet, 'bossManage'>): string {
  if (bossManage === undefined) throw new Error(NO_CHECKOUT);
  return bossManage;
}

const NAME_IT = 'ame it by --boss-manage or as bossManage in boss-tui.config.yaml, or start boss-tui in it.';
/** What is said where there is none, as a finding and as one sentence. */
export const NO_CHECKOUT_FOUND = { text: 'No boss-manage checkout is configured.', cure: `N${NAME_IT}` };
export const NO_CHECKOUT = `No boss-manage checkout is configured: n${NAME_IT}`;

/** The eight configs of a bosslet, in the order of the written procedure. */
export const CONFIGS = [
  'core',
  'redis',
  'api',
  'cachedb',
  'activities',
  'cloudwatch',
  'idindexing',
  'dynamolambda',
] as const;

/** A stack as boss-manage calls it. */
export type Config = (typeof CONFIGS)[number];

/** The machines that have an AMI of their own. */
export const MACHINES = ['auth', 'vault', 'endpoint', 'cachemanager', 'activities'] as const;
export type Machine = (typeof MACHINES)[number];
