/** What INFO says of the process behind a connection. */
export interface RedisInfo {
  readonly runId: string;
  /** `master` or `slave`. */
  readonly role: string;
  /** Its keys are spread over several processes, of which a connection sees one. */
  readonly cluster: boolean;
  /** Keys by the number of their database; a database without keys is not named. */
  readonly databases: ReadonlyMap<number, number>;
}

/** Reads the answer to INFO. Throws where the run id or the role is missing: nothing could be proven then. */
export function parseInfo(text: string): RedisInfo {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const [runId, role] = [fields.get('run_id'), fields.get('role')];
  if (!runId || !role) throw new Error('INFO does not say which process it is and what its role is');
  const databases = new Map<number, number>();
  for (const [name, value] of fields) {
    const database = /^db(\d+)$/.exec(name)?.[1];
    const keys = /(?:^|,)keys=(\d+)/.exec(value)?.[1];
    if (database !== undefined && keys !== undefined) databases.set(Number(database), Number(keys));
  }
  return { runId, role, cluster: fields.get('cluster_enabled') === '1', databases };
}

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** `[a-z]`, `[^x]`: ranges stay ranges, all else is taken as it is. */
function setSource(token: string): string {
  const [, not = '', inside = ''] = /^\[(\^?)([\s\S]*)\]$/.exec(token) ?? [];
  const members = inside.match(/\\[\s\S]|[\s\S]/g) ?? [];
  return `[${not}${members.map((one) => (one === '-' ? '-' : literally(one.slice(-1)))).join('')}]`;
}

function tokenSource(token: string): string {
  if (token.startsWith('*')) return '[\\s\\S]*';
  if (token === '?') return '[\\s\\S]';
  return token.startsWith('[') && token.length > 1 ? setSource(token) : literally(token.slice(-1));
}

/** A test for Redis' glob patterns (`*`, `?`, `[a-z]`, `[^x]`, `\` before a character), as MATCH would do it. */
export function globMatcher(pattern: string): (key: string) => boolean {
  const prefix = /^([^*?[\\]*)\*$/.exec(pattern)?.[1];
  if (prefix !== undefined) return (key) => key.startsWith(prefix);
  const tokens = pattern.match(/\\[\s\S]|\*+|\[\^?(?:\\[\s\S]|[^\]\\])*\]|[\s\S]/g) ?? [];
  const expression = new RegExp(`^${tokens.map(tokenSource).join('')}$`);
  return (key) => expression.test(key);
}

const FEWEST = 1_000;
const MOST = 10_000;
/** A call of COUNT 1000 takes the server about a millisecond; the way there and back should not rule. */
const MS_PER_THOUSAND = 4;

/** COUNT for the next SCAN after one that took `roundTripMs`: a long way is made up for by larger pieces, to 10,000. */
export function nextCount(roundTripMs: number): number {
  return Math.min(MOST, Math.max(FEWEST, Math.round(roundTripMs / MS_PER_THOUSAND) * FEWEST));
}
