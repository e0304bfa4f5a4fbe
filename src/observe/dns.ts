import type { Bosslet } from '../bosslet/bosslet.ts';
import { publicHost } from '../bosslet/names.ts';
import type { AwsRead, Dig, DnsAnswer } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import type { Budget } from './budget.ts';
import { clean } from './clean.ts';
import { leadsTo } from './dnsAnswer.ts';
import { type DnsNames, readDnsNames, resolversOf } from './dnsServers.ts';
import type { Aged, DnsLook, DnsRow, DnsVerdict } from './observed.ts';
import { poll } from './polling.ts';

export { classify, leadsTo } from './dnsAnswer.ts';

/** Clock milliseconds. */
const IDLE_MS = 15_000;
const WANTED_MS = 5_000;
/** How often AWS is asked for the zone's servers and the expected names; until it has answered, oftener. */
const NAMES_MS = 60_000;
const NAMES_FIRST_MS = 5_000;
/** Rounds that are kept. */
const ROUNDS = 10;

export interface DnsOptions {
  readonly bosslet: Bosslet;
  readonly aws: Pick<AwsRead, 'route53' | 'cloudFront' | 'loadBalancers'>;
  readonly dig: Dig;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  isWanted(): boolean;
  seen(dns: Aged<DnsLook>): void;
}
export interface DnsWatch {
  nudge(): void;
  readonly ended: Promise<unknown>;
}

/** What all servers said when they were asked once. */
interface AnsweredRound {
  readonly startedAtMs: number;
  readonly answers: readonly DnsAnswer[];
}

/** Asks every server at once, round after round, where the public name leads. */
export function watchDns(options: DnsOptions): DnsWatch {
  const { bosslet, aws, dig, budget, clock, signal } = options;
  const host = publicHost(bosslet);
  const history = new DnsHistory(host);
  let names: DnsNames | undefined;
  let namesError: string | undefined;
  let newest: Aged<DnsLook> | undefined;
  // The first round waits for the names, or for why there are none.
  const named = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => named.resolve(), { once: true });
  const show = () => newest && options.seen({ ...newest, error: newest.error ?? namesError });

  const rounds = poll<DnsLook>({
    clock,
    signal,
    intervalMs: () => (options.isWanted() ? WANTED_MS : IDLE_MS),
    before: () => named.promise,
    async look(own) {
      const servers = [...(names?.authoritative ?? []), ...resolversOf(bosslet)];
      const startedAtMs = clock.now();
      // Without the zone's servers a round would seem whole and prove too much.
      if (bosslet.dns.authoritative && !names)
        throw new Error(namesError ?? "The zone's name servers are not known yet.");
      const answers = await Promise.all(servers.map((server) => dig.ask(server, host, 'A', own)));
      own.throwIfAborted();
      return history.add({ startedAtMs, answers: clean(answers) });
    },
    seen(aged) {
      newest = aged;
      show();
    },
  });
  const naming = poll<DnsNames>({
    clock,
    signal,
    intervalMs: () => (names ? NAMES_MS : NAMES_FIRST_MS),
    look: (own) => readDnsNames(bosslet, aws, budget, own),
    seen(aged) {
      namesError = aged.error;
      if (aged.value && aged.value !== names) {
        if (!names) rounds.nudge();
        names = aged.value;
        const judged = history.expect(names.expected);
        if (judged) rounds.set(judged);
      }
      named.resolve();
      show();
    },
  });
  return { nudge: rounds.nudge, ended: Promise.all([rounds.ended, naming.ended]) };
}

/** The last rounds, judged by the names that are expected now. */
export class DnsHistory {
  readonly #host: string;
  #expected: DnsLook['expected'] = { live: undefined, maintenance: undefined };
  #rounds: readonly AnsweredRound[] = [];
  /** By server: where it leads, and since which round; outlives the rounds that are kept. */
  #since = new Map<string, { readonly leadsTo: DnsVerdict; readonly sinceMs: number }>();

  constructor(host: string) {
    this.#host = host;
  }
  add(round: AnsweredRound): DnsLook {
    this.#rounds = [...this.#rounds, round].slice(-ROUNDS);
    this.#remember(round);
    return this.#look();
  }
  /** Judges the kept rounds anew; undefined where nothing changed or nothing was asked yet. */
  expect(expected: DnsLook['expected']): DnsLook | undefined {
    if (expected.live === this.#expected.live && expected.maintenance === this.#expected.maintenance) return undefined;
    this.#expected = expected;
    this.#since = new Map();
    for (const round of this.#rounds) this.#remember(round);
    return this.#rounds.length > 0 ? this.#look() : undefined;
  }

  #remember({ startedAtMs, answers }: AnsweredRound): void {
    for (const answer of answers) {
      const verdict = leadsTo(answer, this.#expected);
      const key = keyOf(answer);
      // A server that says nothing for a while says nothing of where it leads.
      if (verdict === 'silent') continue;
      if (this.#since.get(key)?.leadsTo !== verdict) this.#since.set(key, { leadsTo: verdict, sinceMs: startedAtMs });
    }
  }
  #look(): DnsLook {
    const rounds = this.#rounds.map(({ startedAtMs, answers }) => ({
      startedAtMs,
      rows: answers.map((answer) => this.#row(answer, startedAtMs)),
    }));
    return { host: this.#host, expected: this.#expected, rounds };
  }
  #row(answer: DnsAnswer, startedAtMs: number): DnsRow {
    const verdict = leadsTo(answer, this.#expected);
    const run = this.#since.get(keyOf(answer));
    const isOfRun = run?.leadsTo === verdict && run.sinceMs <= startedAtMs;
    return {
      answer,
      leadsTo: verdict,
      ttlSeconds: answer.chain[0]?.ttlSeconds,
      ...(isOfRun ? { leadsThereSinceMs: run.sinceMs } : {}),
    };
  }
}

const keyOf = ({ server }: DnsAnswer) => `${server.address} ${server.port}`;
