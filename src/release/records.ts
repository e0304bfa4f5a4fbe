import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Json, Runbook } from '../runbook/runbook.ts';
import type { Acted, Answer, Asked, Evidence, Plan, Verdict } from '../steps/kind.ts';
import { canonicalJson } from '../text/json.ts';

/** What a record says. Every change of a release is one of these; its state is nothing but a fold over them. */
export type RecordBody =
  | {
      readonly type: 'release.opened';
      readonly release: string;
      readonly bosslet: string;
      readonly accountId: string;
      readonly region: string;
      readonly operator: string;
      /** HEAD of the checkout, 40 hex digits. */
      readonly head: string;
      /** Of this program. */
      readonly version: string;
      readonly runbook: Runbook;
    }
  | { readonly type: 'operator.changed'; readonly operator: string; readonly reason: string }
  | {
      readonly type: 'step.intended';
      readonly stepId: string;
      readonly attempt: number;
      readonly plan: Plan;
      /** How its gates stood when it was let through. */
      readonly gates: readonly { readonly id: string; readonly summary: string; readonly overridden: boolean }[];
    }
  | {
      readonly type: 'effect.intended';
      readonly stepId: string;
      readonly attempt: number;
      readonly key: string;
      readonly what: string;
    }
  | {
      readonly type: 'effect.resulted';
      readonly stepId: string;
      readonly attempt: number;
      readonly key: string;
      readonly result: Json;
      /** It was found to have happened before a crash; it was not run again. */
      readonly probed?: true;
    }
  | {
      readonly type: 'decision.asked';
      readonly id: string;
      readonly stageId?: string;
      readonly stepId?: string;
      readonly asked: Asked;
    }
  | { readonly type: 'decision.answered'; readonly id: string; readonly answer: Answer }
  | { readonly type: 'decision.withdrawn'; readonly id: string }
  | {
      readonly type: 'gate.overridden';
      readonly stepId: string;
      readonly gateId: string;
      readonly typed?: string;
      readonly note: string;
      /** What was unproven at that moment: in words, in number, and by name (a cache's keys). */
      readonly summary: string;
      readonly unproven?: number;
      readonly evidence?: readonly Evidence[];
    }
  /** Without an attempt: it waited for a gate or a turn and nothing had begun. */
  | { readonly type: 'cancel.requested'; readonly stageId: string; readonly stepId: string; readonly attempt?: number }
  | { readonly type: 'step.acted'; readonly stepId: string; readonly attempt: number; readonly acted: Acted }
  | { readonly type: 'step.proved'; readonly stepId: string; readonly attempt: number; readonly verdict: Verdict }
  | {
      readonly type: 'fallback.taken';
      readonly stepId: string;
      /** The attempt that it follows. */
      readonly attempt: number;
      readonly fallbackId: string;
    }
  | {
      readonly type: 'step.closed';
      readonly stepId: string;
      readonly as: 'done' | 'skipped' | 'byFallback' | 'signed';
      readonly note?: string;
    }
  | { readonly type: 'paused'; readonly reason: string }
  | { readonly type: 'resumed' }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'release.closed'; readonly as: 'finished' | 'abandoned'; readonly note: string };

/** A line of the journal. */
export type JournalRecord = RecordBody & {
  readonly v: 1;
  /** 1, 2, … without a gap. */
  readonly seq: number;
  /** Raised by each take-over; later records of a lower epoch are shown and not applied. */
  readonly epoch: number;
  /** Clock time, milliseconds since the epoch. */
  readonly at: number;
  /** Monotonic milliseconds of the process that wrote it: true durations where the wall clock was set. */
  readonly monoMs: number;
  /** Hash of the record before; of the first: 64 zeros. */
  readonly prev: string;
  /** SHA-256 of the record's canonical JSON without this field. */
  readonly hash: string;
};

/** What the first record points back to. */
export const NO_RECORD = '0'.repeat(64);

/** The hash that a record must carry. */
export function recordHash(record: Omit<JournalRecord, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(record)).digest('hex');
}

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const envelope = z.looseObject({
  v: z.literal(1),
  type: z.string(),
  seq: z.int().positive(),
  epoch: z.int().positive(),
  at: z.number(),
  monoMs: z.number(),
  prev: hex64,
  hash: hex64,
});

/**
 * A line as a record, or what is wrong with it, in words. The body needs no schema of its own: the hash proves that
 * it is what this program once wrote.
 */
export function parseRecord(
  line: string,
  previous: { readonly seq: number; readonly hash: string },
): JournalRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'it is not JSON';
  }
  const parsed = envelope.safeParse(value);
  if (!parsed.success) return `it is not a record (${parsed.error.issues[0]?.path.join('.') ?? 'shape'})`;
  const { hash, ...rest } = parsed.data as unknown as JournalRecord;
  if (rest.seq !== previous.seq + 1) return `record ${rest.seq} follows record ${previous.seq}`;
  if (rest.prev !== previous.hash) return 'it does not continue the record before it';
  if (recordHash(rest as Omit<JournalRecord, 'hash'>) !== hash) return 'its content was changed';
  return parsed.data as unknown as JournalRecord;
}
