import * as z from 'zod';
import type { HttpAnswer } from '../clients/doors.ts';
import type { Attempt, Evidence, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';
import { duration } from './words.ts';

const params = z.strictObject({ page: z.enum(['maintenance', 'ping', 'collection']) });
type Page = z.infer<typeof params>['page'];

interface Expectation {
  readonly path: string;
  readonly what: string;
  /** How long it may take until it is so: this machine's own resolver may hold the old answer for its TTL. */
  readonly withinMs: number;
  holds(answer: HttpAnswer, isMaintenance: boolean): boolean;
}

const MINUTE = 60_000;
const PAGES: Readonly<Record<Page, Expectation>> = {
  maintenance: {
    path: '/',
    what: 'the maintenance page',
    withinMs: 15 * MINUTE,
    holds: (_answer, isMaintenance) => isMaintenance,
  },
  ping: {
    path: '/ping/',
    what: 'status 200',
    withinMs: 5 * MINUTE,
    holds: ({ status }, isMaintenance) => status === 200 && !isMaintenance,
  },
  collection: {
    path: '/latest/collection/',
    what: 'anything but an error or the maintenance page',
    withinMs: 5 * MINUTE,
    holds: ({ status }, isMaintenance) => status < 500 && !isMaintenance,
  },
};

/** Asks the public API for a page until it answers as it should. */
export const pageServed: StepKind<z.infer<typeof params>, null> = {
  name: 'pageServed',
  mutates: false,
  parse: paramsOf('pageServed', params),
  plan: async ({ page }, { bosslet }) => ({
    commands: [`GET ${bosslet.apiUrl}${PAGES[page].path}`],
    dangers: [],
    evidence: [{ label: 'Expects', value: PAGES[page].what, tone: 'plain' }],
    baseline: null,
    alreadyDone: false,
  }),
  act: async () => ({ how: 'finished', codes: [] }),
  prove: ({ page }, context, attempt) => provePage(PAGES[page], context, attempt),
};

async function provePage(
  { path, what, withinMs, holds }: Expectation,
  { read, bosslet, clock, signal }: ReadContext,
  attempt: Attempt,
): Promise<Verdict> {
  const url = `${bosslet.apiUrl}${path}`;
  const seen = await read.http.get(url, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  });
  const isMaintenance = !(seen instanceof Error) && seen.body.includes(bosslet.maintenance.contains);
  const shown = seen instanceof Error ? seen.message : `${seen.status}${isMaintenance ? ', the maintenance page' : ''}`;
  const isRight = !(seen instanceof Error) && holds(seen, isMaintenance);
  const evidence: readonly Evidence[] = [{ label: url, value: shown, tone: isRight ? 'ok' : 'danger' }];
  if (isRight) return { is: 'done', summary: `${url} answers ${shown}.`, evidence };
  const leftMs = attempt.intendedAtMs + clock.limit(withinMs) - clock.now();
  if (leftMs > 0)
    return { is: 'pending', summary: `${url} answers ${shown}; waits for ${what}, ${duration(leftMs)} more`, evidence };
  return { is: 'failed', code: 'notFound', summary: `${url} answers ${shown} instead of ${what}.`, evidence };
}
