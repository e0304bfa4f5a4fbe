import { createHash } from 'node:crypto';
import { MACHINES, type Machine } from '../bosslet/bosslet.ts';
import { amiName } from '../bosslet/names.ts';
import type { AwsWorld } from './contract.ts';
import { DEPLOYED_COMMIT, DEV, EARLIER_COMMIT, type Images, PRODUCTION } from './production.ts';

const DAY_MS = 86_400_000;

/** A set of AMIs, one for each machine, built from one commit. */
interface Build {
  readonly version: string;
  readonly commit: string;
  readonly ageMs: number;
  /** Absent: all of them. */
  readonly machines?: readonly Machine[];
}

/** Machines that developers build: a release of theirs leaves activities out. */
const DEV_MACHINES: readonly Machine[] = ['auth', 'vault', 'endpoint', 'cachemanager'];
/** A commit of the developers' own between the deployed one and the release's. */
const DEV_COMMIT = 'b40e2d6c9f1a7e3085d4c2b6a9f8e7d0c1b2a394';

/** As packer.py names a build: `h` and eight hex digits. */
const hashVersion = (commit: string): string => `h${commit.slice(0, 8)}`;

/** An id that is the same in each rehearsal. */
const imageId = (accountId: string, name: string): string =>
  `ami-0${createHash('sha256').update(`${accountId} ${name}`).digest('hex').slice(0, 16)}`;

const idOf = (accountId: string, machine: Machine, version: string): string =>
  imageId(accountId, amiName(PRODUCTION, machine, version));

/** The AMIs of production that were built from a commit, by machine. */
export const productionImages = (commit: string): Images => {
  const id = (machine: Machine) => idOf(PRODUCTION.accountId, machine, hashVersion(commit));
  return {
    auth: id('auth'),
    vault: id('vault'),
    endpoint: id('endpoint'),
    cachemanager: id('cachemanager'),
    activities: id('activities'),
  };
};

function seedBuild(aws: AwsWorld, accountId: string, build: Build, nowMs: number): void {
  for (const [index, machine] of (build.machines ?? MACHINES).entries()) {
    const name = amiName(PRODUCTION, machine, build.version);
    aws.seed.image({
      accountId,
      imageId: imageId(accountId, name),
      name,
      ownerId: accountId,
      // Packer builds them side by side; each is ready at its own minute.
      createdAtMs: nowMs - build.ageMs + index * 60_000,
      tags: { Name: name, Commit: build.commit, 'Base AMI': 'ubuntu-22.04-boss-base' },
    });
  }
}

const deployed: Build = { version: hashVersion(DEPLOYED_COMMIT), commit: DEPLOYED_COMMIT, ageMs: 46 * DAY_MS };
const lastSprint: Build = { version: 'sprint41', commit: DEPLOYED_COMMIT, ageMs: 44 * DAY_MS };

/**
 * AMIs of production: what runs now, what the last sprints were labelled, what was built from the checkout's HEAD;
 * labelled for this sprint where the release has come so far.
 */
export function seedProductionImages(
  aws: AwsWorld,
  options: { readonly head: string; readonly nowMs: number; readonly labelled: boolean },
): void {
  const { head, nowMs, labelled } = options;
  const builds: readonly Build[] = [
    { version: hashVersion(EARLIER_COMMIT), commit: EARLIER_COMMIT, ageMs: 81 * DAY_MS },
    { version: 'sprint40', commit: EARLIER_COMMIT, ageMs: 79 * DAY_MS },
    deployed,
    lastSprint,
    { version: hashVersion(head), commit: head, ageMs: 0.8 * DAY_MS },
    ...(labelled ? [{ version: PRODUCTION.sprint, commit: head, ageMs: 600_000 }] : []),
  ];
  for (const build of builds) seedBuild(aws, PRODUCTION.accountId, build, nowMs);
}

/** AMIs of the developers' account, the newest of a commit of their own. */
export function seedDevImages(aws: AwsWorld, nowMs: number): void {
  const latest: Build = { version: hashVersion(DEV_COMMIT), commit: DEV_COMMIT, ageMs: 12 * DAY_MS };
  for (const build of [deployed, lastSprint, latest])
    seedBuild(aws, DEV.accountId, { ...build, machines: DEV_MACHINES }, nowMs);
}
