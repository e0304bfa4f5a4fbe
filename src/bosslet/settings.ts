import { isIP, isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod';

/** One thing that can be said of a bosslet. */
interface Setting<T> {
  /** Its issues say what was expected, and never the value: it may hold a password. */
  readonly schema: z.ZodType<T>;
  /** For the editor's schema. */
  readonly about: string;
  /** What `boss-config.py` calls it, where that is asked. */
  readonly key?: string;
  /** The option of the command line that overrides it. */
  readonly flag?: string;
  readonly default?: T;
  /** What holds where nobody says anything; for a setting without a default that may be absent. */
  readonly unset?: string;
  /** A path: `~/` is the home folder, anything relative is taken from the file's folder. */
  readonly isPath?: true;
}

/** A non-empty line of text, of a form where one is given. */
const text = (expected: string, form = /^[^\x00-\x1f\x7f]+$/) =>
  z.string({ error: expected }).regex(form, { error: expected });
const checked = (expected: string, holds: (value: string) => boolean) =>
  text(expected).refine(holds, { error: expected });

/** What begins with a dash would be an option of a script. */
const WORD = /^[A-Za-z0-9][\w.-]*$/;
const DOMAIN = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;

/** The name of a bosslet, which is also that of a folder: `production.boss`. */
export const bossletName = text("a bosslet's name: letters, digits, dots and dashes", WORD);

const domain = (example: string) => text(`a domain name: ${example}`, DOMAIN);
const accountId = text('twelve digits in quotes', /^\d{12}$/);
const profile = text('the name of an AWS profile');
const path = text('a path');
const PORT = 'a port: 1 to 65535';

const setting = <T>(
  schema: z.ZodType<T>,
  about: string,
  more: Omit<Setting<NoInfer<T>>, 'schema' | 'about'> = {},
): Setting<T> => ({
  schema,
  about,
  ...more,
});

const cacheUrl = (name: string) =>
  setting(
    checked(
      'a redis:// or rediss:// URL',
      (value) => /^rediss?:$/.test(URL.parse(value)?.protocol ?? '') && URL.parse(value)?.hostname !== '',
    ),
    `Where ${name} is reached: a redis:// or rediss:// URL, for via: direct. Empty: what the redis stack has.`,
    { unset: 'what the redis stack has' },
  );

/** Everything that can be said of a bosslet, by its place in the file. The order is that of the printed configuration. */
export const SETTINGS = {
  internalDomain: setting(
    domain('production.boss'),
    'The domain inside the VPC; stacks and instances are named after it.',
    {
      key: 'INTERNAL_DOMAIN',
    },
  ),
  externalDomain: setting(domain('theboss.io'), 'The public domain, a hosted zone of Route 53.', {
    key: 'EXTERNAL_DOMAIN',
  }),
  externalFormat: setting(
    text('a format with {machine} in it', /^[\w.-]*\{machine\}[\w.-]*$/),
    'How a machine is called in the public domain: {machine}-integration.',
    { key: 'EXTERNAL_FORMAT', default: '{machine}' },
  ),
  region: setting(text('an AWS region: us-east-1', /^[a-z]{2}(-[a-z]+)+-\d+$/), 'The AWS region of the stacks.', {
    key: 'REGION',
    flag: '--region',
    default: 'us-east-1',
  }),
  accountId: setting(accountId, 'The AWS account of the bosslet; nothing is changed in any other.', {
    key: 'ACCOUNT_ID',
  }),
  profile: setting(profile, 'The AWS profile. Empty: the credentials of the environment.', {
    key: 'PROFILE',
    flag: '--profile',
    unset: 'the credentials of the environment',
  }),
  alertTopic: setting(
    text('the name of an SNS topic', /^[\w-]{1,256}$/),
    'The SNS topic that carries the mailing list.',
    {
      key: 'ALERT_TOPIC',
      default: 'ProductionMicronsMailingList',
    },
  ),
  operator: setting(
    text('the endpoint of a subscription: an e-mail address'),
    "The operator's own subscription, which always stays.",
    {
      flag: '--operator',
    },
  ),
  scenario: setting(
    text('a scenario: production', WORD),
    'The scenario that every cloudformation.py command is given.',
    {
      key: 'SCENARIO',
      flag: '--scenario',
      unset: 'not known, and no release may start',
    },
  ),
  sprint: setting(text('a label: sprint42', WORD), "The label of this release's AMIs.", { flag: '--sprint' }),
  amiSuffix: setting(
    text('a suffix: .boss', /^[\w.-]+$/),
    "What stands between a machine's name and the version in the name of an AMI.",
    {
      key: 'AMI_SUFFIX',
      default: '.boss',
    },
  ),
  'dev.bosslet': setting(bossletName, 'The bosslet of the dev account.', { unset: 'none; its stages are manual' }),
  'dev.accountId': setting(accountId, 'The dev account. Empty: what boss-config.py says of the dev bosslet.', {
    unset: 'none',
  }),
  'dev.profile': setting(profile, 'The AWS profile of the dev account.', {
    unset: 'the credentials of the environment',
  }),
  apiUrl: setting(
    checked('an http:// or https:// URL without a path', isOrigin),
    'Where the public API is. Empty: https:// and its name in the public domain.',
  ),
  caFile: setting(path, 'A PEM file of certificates by which the API is proven, besides the well-known ones.', {
    unset: 'the well-known certificates',
    isPath: true,
  }),
  'maintenance.contains': setting(text('a text of the page'), 'A text by which the maintenance page is known.', {
    default: 'Down for Maintenance',
  }),
  'dns.resolvers': setting(
    z
      .array(checked('a resolver: 8.8.8.8, 1.1.1.1:53, [::1]:5353 or system', isResolver), {
        error: 'a list of resolvers',
      })
      .min(1, { error: 'a list of at least one resolver' }),
    'Recursive resolvers that are asked: an address, with a port where it is not 53; IPv6 with a port in brackets; system: the one that this machine asks.',
    { default: ['8.8.8.8', '1.1.1.1', '9.9.9.9', 'system'] },
  ),
  'dns.authoritative': setting(
    z.boolean({ error: 'true or false' }),
    "Whether the zone's own name servers are asked too.",
    {
      default: true,
    },
  ),
  'redis.via': setting(
    z.enum(['endpoint', 'bastion', 'direct'], { error: 'endpoint, bastion or direct' }),
    'How the caches are reached: through the endpoint, through the bastion, or directly by URL.',
    { default: 'endpoint' },
  ),
  'redis.caches.cache': cacheUrl('the cache of cuboids'),
  'redis.caches.cache-state': cacheUrl('the cache of states'),
  'redis.caches.cache-session': cacheUrl('the cache of sessions'),
  'redis.caches.cache-throttle': cacheUrl('the cache of throttling'),
  'redis.ssh.user': setting(text("a user's name", WORD), 'The user on the machines behind the bastion.', {
    default: 'ubuntu',
  }),
  'redis.ssh.bastionUser': setting(text("a user's name", WORD), 'The user on the bastion.', { default: 'ec2-user' }),
  'redis.ssh.port': setting(
    z.int({ error: PORT }).min(1, { error: PORT }).max(65_535, { error: PORT }),
    'The port of the ssh servers.',
    { default: 22 },
  ),
  'redis.ssh.identityFile': setting(
    path,
    'The private key. Empty: ~/.ssh/<SSH_KEY>.pem where boss-config.py names one.',
    {
      key: 'SSH_KEY',
      unset: 'what ssh finds by itself',
      isPath: true,
    },
  ),
  'redis.ssh.configFile': setting(path, 'An ssh configuration that is read after ours. Empty: ~/.ssh/config.', {
    unset: '~/.ssh/config',
    isPath: true,
  }),
  'evidence.copyTo': setting(
    checked(
      'a folder or s3://bucket/prefix',
      (value) => !value.startsWith('s3:') || /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^\s?#]*)?$/.test(value),
    ),
    "Where the second copy of the mailing list's snapshot goes: a folder, or s3://bucket/prefix.",
    { unset: 'no second copy', isPath: true },
  ),
};

/** What the file says of all its bosslets. */
export const SHARED_SETTINGS = {
  bossManage: setting(path, 'The boss-manage checkout. Empty: the one that boss-tui is started in.', {
    flag: '--boss-manage',
    unset: 'no checkout',
    isPath: true,
  }),
  python: setting(
    text('a program or its path'),
    "The interpreter that runs boss-manage's scripts. Empty: their own shebang.",
    {
      unset: "the scripts' own shebang",
    },
  ),
};

type ValueOf<S> = S extends Setting<infer T> ? T : never;
type Values<S> = { readonly [K in keyof S]: ValueOf<S[K]> };
/** The values of a bosslet, by their place in the file: `redis.ssh.port`. */
export type Settings = Values<typeof SETTINGS & typeof SHARED_SETTINGS>;
export type SettingName = keyof Settings;

const ALL: { readonly [K in SettingName]: Setting<Settings[K]> } = { ...SHARED_SETTINGS, ...SETTINGS };
/** In the order in which they are shown. */
export const SETTING_NAMES = Object.keys(ALL) as readonly SettingName[];
/** What is known of a setting, whichever it is. */
export const settingOf = (name: SettingName): Setting<unknown> => ALL[name];

function isOrigin(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.host !== '' && value.replace(/\/$/, '') === url.origin;
}

function isResolver(value: string): boolean {
  if (value === 'system' || isIP(value) !== 0) return true;
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(value) ?? [];
  const isAddress = six === undefined ? isIPv4(four ?? '') : isIPv6(six);
  return isAddress && (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535));
}
