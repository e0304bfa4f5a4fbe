import type { DnsVerdict } from '../observe/observed.ts';

/** What stands in the place of something that could not be read: one sentence with its cure. */
export interface Unread {
  readonly error: string;
}

/** A stack of the bosslet; the fields of one that does not exist are null. */
export interface StackStatus {
  readonly config: string;
  readonly stackName: string;
  readonly stackId: string | null;
  readonly stackStatus: string | null;
  /** ISO 8601; null where it was never updated. */
  readonly lastUpdatedTime: string | null;
  /** From the stack's tags. */
  readonly stackVersion: string | null;
  readonly commit: string | null;
  readonly absent?: true;
}

/** Where an answer leads; `unknown`: neither name is its, and one of the two could not be read. */
export type DnsAnswerClass = DnsVerdict | 'unknown';

/** One server's answer to a question for the public name. */
export interface DnsAnswerStatus {
  readonly server: string;
  readonly rcode: string | null;
  readonly aa: boolean | null;
  /** `ttl` in seconds, as it was left when the server answered. */
  readonly chain: readonly {
    readonly name: string;
    readonly type: string;
    readonly ttl: number;
    readonly data: string;
  }[];
  readonly class: DnsAnswerClass;
  readonly rttMs: number | null;
  readonly error?: string;
}

/** A name that answers are known by; null where the account has none. */
export type ExpectedName = string | null | Unread;

/** Where the public name leads, asked of every server at once. */
export interface DnsStatus {
  /** The public name. */
  readonly name: string;
  /** The load balancer's name, and the distribution's of the maintenance page. */
  readonly expected: { readonly live: ExpectedName; readonly maintenance: ExpectedName };
  /** The class of all servers that say anything; `mixed` where they differ, `silent` where none says anything. */
  readonly verdict: DnsAnswerClass | 'mixed';
  readonly answers: readonly DnsAnswerStatus[];
}

/** One complete pass over the keys of a cache. */
export interface CacheStatus {
  readonly name: string;
  readonly keys: number | null;
  /** Keys that match `WRITE-CUBOID*`: not flushed yet. */
  readonly writeCuboid: number | null;
  readonly runId: string | null;
  readonly passMs: number | null;
  /** The bosslet has no such cache. */
  readonly absent?: true;
  readonly error?: string;
}

/** The subscriptions of the alert topic, counted. */
export interface MailingListStatus {
  readonly topicArn: string;
  readonly confirmed: number;
  readonly pending: number;
  readonly deleted: number;
  readonly operatorConfirmed: boolean;
}

export interface DeleteRuleStatus {
  readonly name: string;
  /** ENABLED or DISABLED; null where there is none. */
  readonly state: string | null;
  readonly absent?: true;
}

/** One look at a bosslet: what `boss-tui status --json` prints. */
export interface Status {
  readonly bosslet: string;
  /** The account of the credentials, which is the bosslet's. */
  readonly account: string | Unread;
  readonly region: string;
  /** When it was looked, ISO 8601. */
  readonly at: string;
  /** The eight configs in the procedure's order, then whatever else belongs to the bosslet. */
  readonly stacks: readonly StackStatus[] | Unread;
  readonly dns: DnsStatus;
  readonly caches: readonly CacheStatus[];
  readonly mailingList: MailingListStatus | Unread;
  readonly deleteRule: DeleteRuleStatus | Unread;
}

export const isUnread = (part: unknown): part is Unread =>
  part !== null && typeof part === 'object' && 'error' in part && typeof part.error === 'string';

/** Whether every part was read: nothing anywhere carries an error. */
export function wasAllRead(part: unknown): boolean {
  if (part === null || typeof part !== 'object') return true;
  return !isUnread(part) && Object.values(part).every(wasAllRead);
}

/** What all servers together say. */
export function verdictOf(answers: readonly Pick<DnsAnswerStatus, 'class'>[]): DnsStatus['verdict'] {
  const said = new Set(answers.map((answer) => answer.class).filter((each) => each !== 'silent'));
  const [first = 'silent'] = said;
  return said.size > 1 ? 'mixed' : first;
}
