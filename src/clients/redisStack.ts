import type { Clock } from '../clock.ts';
import { AwsError } from './aws/awsError.ts';
import type { CloudFormationRead } from './doors.ts';

/** The caches that only some scenarios have, by what the redis stack calls them. */
const LOGICAL_IDS: ReadonlyMap<string, string> = new Map([
  ['cache-session', 'CacheSession'],
  ['cache-throttle', 'CacheThrottle'],
]);
/** Those that every scenario has. */
const ALWAYS: readonly string[] = ['cache', 'cache-state'];

/** Every cache that some scenario has. */
export const KNOWN_CACHES: readonly string[] = [...ALWAYS, ...LOGICAL_IDS.keys()];

/** How long it is believed what the stack has. Clock milliseconds. */
const BELIEVED_MS = 30_000;

/**
 * Which caches a deployment has: `cache` and `cache-state` always, the others where the redis stack has such a resource
 * now. A look that fails leaves what was last seen; it rejects only where nothing was.
 */
export function cachesOfStack(options: {
  readonly cloudFormation: Pick<CloudFormationRead, 'stackResources'>;
  readonly stackName: string;
  readonly clock: Clock;
}): (name: string, signal?: AbortSignal) => Promise<boolean> {
  const { clock, stackName } = options;
  let asked: { readonly atMs: number; readonly ids: Promise<ReadonlySet<string>> } | undefined;
  let seen: ReadonlySet<string> | undefined;

  async function look(): Promise<ReadonlySet<string>> {
    try {
      const resources = await options.cloudFormation.stackResources(stackName);
      const there = resources.filter(({ resourceStatus }) => resourceStatus !== 'DELETE_COMPLETE');
      seen = new Set(there.map(({ logicalResourceId }) => logicalResourceId));
    } catch (error) {
      if (error instanceof AwsError && /does not exist/.test(error.detail)) seen = new Set();
      else if (seen === undefined) {
        asked = undefined;
        throw error;
      }
    }
    return seen;
  }

  return async (name, signal) => {
    signal?.throwIfAborted();
    if (ALWAYS.includes(name)) return true;
    const logicalId = LOGICAL_IDS.get(name);
    if (logicalId === undefined) return false;
    if (asked === undefined || clock.now() - asked.atMs >= clock.limit(BELIEVED_MS))
      asked = { atMs: clock.now(), ids: look() };
    return (await asked.ids).has(logicalId);
  };
}
