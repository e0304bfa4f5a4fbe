import { isIPv6 } from 'node:net';
import type { Bosslet, Doubt } from './bosslet.ts';
import type { Layer } from './layer.ts';
import { type SettingName, type Settings, settingOf } from './settings.ts';

/** Without these there is nobody to act on. */
const REQUIRED = ['internalDomain', 'externalDomain', 'accountId', 'operator', 'sprint'] as const;

/** Which of the settings that nothing can do without nobody says. */
export const missingIn = (layer: Layer): readonly (typeof REQUIRED)[number][] =>
  REQUIRED.filter((name) => !layer[name]);

/** Whether `boss-config.py` would say it. */
export const isOfBossConfig = (name: SettingName): boolean => settingOf(name).key !== undefined;

/** The bosslet that settings describe. Throws where {@link missingIn} finds something. */
export function bossletOf(name: string, layer: Layer, doubts: readonly Doubt[]): Bosslet {
  const maybe = <K extends SettingName>(setting: K): Settings[K] | undefined => layer[setting]?.value;
  const value = <K extends SettingName>(setting: K): Settings[K] => {
    const known = maybe(setting);
    if (known === undefined) throw new Error(`Nobody says ${setting} of ${name}.`);
    return known;
  };
  return withoutUndefined<Bosslet>({
    name,
    internalDomain: value('internalDomain'),
    externalDomain: value('externalDomain'),
    externalFormat: maybe('externalFormat'),
    region: value('region'),
    accountId: value('accountId'),
    profile: maybe('profile'),
    alertTopic: value('alertTopic'),
    operator: value('operator'),
    scenario: maybe('scenario'),
    sprint: value('sprint'),
    amiSuffix: value('amiSuffix'),
    dev: devOf(maybe),
    apiUrl: value('apiUrl').replace(/\/$/, ''),
    caFile: maybe('caFile'),
    maintenance: { contains: value('maintenance.contains') },
    dns: { resolvers: value('dns.resolvers').map(bracketed), authoritative: value('dns.authoritative') },
    redis: {
      via: value('redis.via'),
      caches: cachesOf(maybe),
      ssh: withoutUndefined<NonNullable<Bosslet['redis']['ssh']>>({
        user: value('redis.ssh.user'),
        bastionUser: value('redis.ssh.bastionUser'),
        port: value('redis.ssh.port'),
        identityFile: maybe('redis.ssh.identityFile'),
        configFile: maybe('redis.ssh.configFile'),
      }),
    },
    bossManage: maybe('bossManage'),
    python: maybe('python'),
    evidenceCopyTo: maybe('evidence.copyTo'),
    doubts,
  });
}

type Maybe = <K extends SettingName>(setting: K) => Settings[K] | undefined;

/** Without its account nothing could tell whether credentials are of it. */
function devOf(maybe: Maybe): Bosslet['dev'] | undefined {
  const [bosslet, accountId] = [maybe('dev.bosslet'), maybe('dev.accountId')];
  if (bosslet === undefined || accountId === undefined) return undefined;
  const profile = maybe('dev.profile');
  return { bosslet, accountId, ...(profile === undefined ? {} : { profile }) };
}

/** Those that have a URL. */
function cachesOf(maybe: Maybe): Bosslet['redis']['caches'] {
  const names = ['cache', 'cache-state', 'cache-session', 'cache-throttle'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const url = maybe(`redis.caches.${name}`);
      return url === undefined ? [] : [[name, url]];
    }),
  );
}

/** `::1` → `[::1]`. */
const bracketed = (resolver: string): string => (isIPv6(resolver) ? `[${resolver}]` : resolver);

type OrUndefined<T> = { readonly [K in keyof T]: T[K] | undefined };

/** `{a: undefined}` and `{}` mean the same to us and not in our types. */
function withoutUndefined<T extends object>(value: OrUndefined<T>): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
