import { type Bosslet, NO_CHECKOUT } from '../bosslet/bosslet.ts';
import { createAws } from '../clients/aws/aws.ts';
import { createDig } from '../clients/dig.ts';
import type { ActDoors, Dig, DnsRecord } from '../clients/doors.ts';
import { createGit, noGit } from '../clients/git.ts';
import { createHttp, type Whereabouts } from '../clients/http.ts';
import { createCaches } from '../clients/redis.ts';
import { inTheirAccount, neverStarted } from '../clients/script/accountGuard.ts';
import { createScripts } from '../clients/script/scripts.ts';
import type { Ssh } from '../clients/ssh/ssh.ts';
import type { Clock } from '../clock.ts';
import { resolversOf } from '../observe/dnsServers.ts';
import { cacheTunnel } from './cacheTunnel.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** How the outside is reached. A rehearsal differs from production in these and in nothing else. */
export interface Reach {
  readonly bosslet: Bosslet;
  readonly clock: Clock;
  /** One endpoint for every AWS service; absent: AWS. */
  readonly awsEndpoint?: string;
  /** Absent: those of the bosslet's profile or of the environment. */
  readonly credentials?: Credentials;
  readonly devCredentials?: Credentials;
  /** The whole environment of boss-manage's scripts. */
  readonly scriptEnvironment: Readonly<Record<string, string>>;
  /** The built program that keeps a script alive without us. */
  readonly supervisorFile: string;
  /** Every client refuses what does not only read. */
  readonly readOnly: boolean;
  /** Below it stands `<account>/<bosslet>/` with the host keys of its machines; absent: the user's own state folder. */
  readonly recordsFolder?: string;
}

/** The doors, and the way into the deployment's machines where there is one. */
export interface OpenDoors extends ActDoors {
  /** Absent in a rehearsal, which has no machines, and where the caches are reached directly. */
  readonly ssh?: Pick<Ssh, 'shell'>;
}

/** Opens nothing yet: each client connects when it is first used. */
export function openDoors(reach: Reach): OpenDoors {
  const { bosslet, clock, readOnly } = reach;
  const endpoint = reach.awsEndpoint === undefined ? {} : { endpoint: reach.awsEndpoint };
  const account = (
    { accountId, profile }: { readonly accountId: string; readonly profile?: string },
    credentials: Credentials | undefined,
  ) =>
    createAws({
      region: bosslet.region,
      accountId,
      readOnly,
      ...endpoint,
      ...(credentials ? { credentials } : profile === undefined ? {} : { profile }),
    });
  const dig = createDig({ clock });
  const aws = account(bosslet, reach.credentials);
  const dev = bosslet.dev && account(bosslet.dev, reach.devCredentials);
  const scripts = createScripts({ environment: reach.scriptEnvironment, supervisorFile: reach.supervisorFile });
  const devScripts = bosslet.dev && dev ? [{ bosslet: bosslet.dev.bosslet, ...dev.sts }] : [];
  const tunnel = cacheTunnel(bosslet, aws, clock, reach.recordsFolder);
  return {
    aws,
    ...(dev && { dev }),
    dig,
    caches: createCaches({ urls: bosslet.redis.caches, clock, ...(tunnel && { tunnel }) }),
    ...(tunnel && { ssh: tunnel.ssh }),
    http: createHttp({
      ...(bosslet.connect && { connect: bosslet.connect }),
      ...(bosslet.caFile !== undefined && { caFile: bosslet.caFile }),
      resolve: (host) => whereIs(dig, bosslet, host),
    }),
    git: bosslet.bossManage === undefined ? noGit(NO_CHECKOUT) : createGit({ folder: bosslet.bossManage }),
    scripts: readOnly
      ? neverStarted(scripts)
      : inTheirAccount(scripts, { bosslet: bosslet.name, ...aws.sts }, devScripts),
  };
}

/** Where a host leads to, as the first resolver in their order says that knows it. */
async function whereIs(dig: Dig, bosslet: Bosslet, host: string): Promise<Whereabouts> {
  // All at once: one after the other, those that a firewall silences would use up the time of those that answer.
  const asked = resolversOf(bosslet).map((server) => ({ server, answer: dig.ask(server, host, 'A') }));
  for (const { server, answer } of asked) {
    const { chain } = await answer;
    const name = chain.findLast(({ type }) => type === 'CNAME')?.data.replace(/\.$/, '') ?? host;
    const address =
      addressIn(chain) ?? (name === host ? undefined : addressIn((await dig.ask(server, name, 'A')).chain));
    if (chain.length > 0) return { name, ...(address === undefined ? {} : { address }) };
  }
  return { name: host };
}

const addressIn = (chain: readonly DnsRecord[]): string | undefined => chain.find(({ type }) => type === 'A')?.data;
