import type { ScriptCommand } from '../clients/doors.ts';
import { isPromptLike, type UnfinishedLine } from '../clients/script/prompt.ts';
import type { OutcomeCode } from '../runbook/runbook.ts';
import { asTyped } from './bossManage.ts';
import { StepCancelled } from './cancelled.ts';
import type { ActContext, Acted, Answer, Asked } from './kind.ts';
import { promptOf } from './prompts.ts';
import { createLogScan, type LogFindings, type LogScan } from './scriptLog.ts';
import { type Reply, type Review, replyTo, replyToUnknown, type WaitingPrompt } from './scriptReply.ts';

export interface ScriptRun {
  readonly command: ScriptCommand;
  /** HEAD of the checkout when the step was intended: other code than that is never started. */
  readonly head: string;
  /** For the step's pane while it runs: `Updating redis`. */
  readonly what: string;
  /** Builds that it runs side by side, each with a log of its own. */
  readonly builds?: { readonly logsFolder: string; readonly machines: readonly string[] };
  readonly review?: Review;
  /** The word that a typed prompt of the script wants. */
  readonly stackName?: string;
}

/** Real milliseconds that an unfinished line must be quiet before it counts as a prompt that nobody knows. */
const QUIET_MS = 3_000;
/** Real milliseconds after which a request to cancel is seen while a script prints nothing. */
const LOOK_MS = 500;

/**
 * Runs a script under its supervisor and answers its prompts, each once. Re-entrant: called again for the same
 * attempt it finds the script's folder, reads the log from its beginning and goes on where it was.
 */
export async function runScript(context: ActContext, run: ScriptRun): Promise<Acted> {
  const { scripts } = context.doors;
  const folder = context.attempt.scriptFolder;
  if (!(await hasStarted(context)) && (await context.read.git.head(context.signal)) !== run.head)
    return { how: 'finished', codes: ['headMoved'] };
  await context.effect('start', {
    what: asTyped(run.command),
    run: async () => {
      await scripts.start(folder, run.command);
      return true;
    },
    probe: async () => ((await scripts.state(folder)).is === 'missing' ? 'notHappened' : true),
  });
  context.want({ is: 'script', folder });
  if (run.builds) context.want({ is: 'builds', folder, ...run.builds });
  context.progress({ text: run.what, script: folder });

  const scan = createLogScan();
  const begun = await scripts.state(folder);
  let offset = 0;
  let handled: number | undefined;
  for (;;) {
    context.signal.throwIfAborted();
    // The state is asked before the log is read: what an ended script printed is then complete.
    const state = await scripts.state(folder);
    const readTo = await scanUpTo('logBytes' in state ? state.logBytes : 0, scan, offset, context);
    if (readTo > offset) {
      offset = readTo;
      // A script may print faster than it is read. What lay there before may end in a prompt whose answer comes first.
      if (context.cancelRequested() && 'logBytes' in begun && offset > begun.logBytes) await interrupt(context);
      continue;
    }
    if (state.is === 'ended') return ended(context, scan.findings(), state.result.exitCode);
    if (state.is !== 'running')
      return ended(context, scan.findings(), undefined, state.is === 'lost' ? state.trouble : undefined);

    const unfinished = scan.unfinished(offset);
    const waiting = handled === unfinished.byteOffset ? undefined : await waitingPrompt(context, unfinished, offset);
    if (waiting) {
      const done = await handle(context, run, scan.findings(), waiting);
      if (done) handled = waiting.byteOffset;
      continue;
    }
    if (context.cancelRequested()) await interrupt(context);
    await scripts.changed(folder, offset, LOOK_MS, context.signal);
  }
}

/** Reads on from an offset to what the log was long just now, or a little further. Gives the place it came to. */
async function scanUpTo(logBytes: number, scan: LogScan, from: number, context: ActContext): Promise<number> {
  let offset = from;
  while (offset < logBytes) {
    context.signal.throwIfAborted();
    const { text, nextOffset } = await context.doors.scripts.read(context.attempt.scriptFolder, offset);
    // Half a character, whose other half is still to come.
    if (nextOffset === offset) break;
    scan.push(text);
    offset = nextOffset;
  }
  return offset;
}

/** Whether this attempt's script was ever started, whatever a crash kept from being written down. */
export async function hasStarted({ attempt, doors }: ActContext): Promise<boolean> {
  if (Object.hasOwn(attempt.effects, 'start')) return true;
  return (await doors.scripts.state(attempt.scriptFolder)).is !== 'missing';
}

/** A prompt that waits at the log's end: one that is known at once, any other after it has been quiet. */
async function waitingPrompt(
  context: ActContext,
  { line, byteOffset }: UnfinishedLine,
  offset: number,
): Promise<WaitingPrompt | undefined> {
  if (!promptOf(line)) {
    if (!isPromptLike(line)) return undefined;
    const { scripts } = context.doors;
    const folder = context.attempt.scriptFolder;
    await scripts.changed(folder, offset, QUIET_MS, context.signal);
    const state = await scripts.state(folder);
    if (state.is !== 'running' || state.logBytes !== offset) return undefined;
  }
  return { line, byteOffset, ask: (key, asked) => askWhileWaiting(context, offset, key, asked) };
}

/** Whether the prompt has its answer; a prompt that went away by itself has none. */
async function handle(context: ActContext, run: ScriptRun, found: LogFindings, at: WaitingPrompt): Promise<boolean> {
  if (await wasAnswered(context, at.byteOffset)) return true;
  const prompt = promptOf(at.line);
  const reply = !prompt
    ? await replyToUnknown(at, context)
    : // A release that takes another image than the one it was told to is never applied.
      prompt.policy === 'review' && found.amiFellBack.length > 0
      ? ({ text: 'n', code: 'amiFellBack' } as const)
      : await replyTo(prompt, at, { context, ...run });
  if (reply === 'gone') return false;
  await give(context, at.byteOffset, reply);
  return true;
}

/** Number of the answer to a prompt: fixed before it is given, so that a restart finds the same one. */
const answerNumber = (context: ActContext, place: string | number): Promise<number> =>
  context.effect(`prompt@${place}`, {
    what: String(place).startsWith('cancel') ? 'prepares to stop the script' : 'sees a prompt of the script',
    run: async () => {
      let n = 1;
      while (await context.doors.scripts.answered(context.attempt.scriptFolder, n)) n += 1;
      return n;
    },
    probe: async () => 'notHappened',
  });

/** What a crash left open is looked up in the script's folder: an answer that lies there is never given again. */
async function wasAnswered(context: ActContext, place: number): Promise<boolean> {
  const n = context.attempt.effects[`prompt@${place}`];
  const { scripts } = context.doors;
  if (typeof n !== 'number' || !(await scripts.answered(context.attempt.scriptFolder, n))) return false;
  const key = Object.keys(context.attempt.effects).findLast((each) => each.startsWith(`reply@${place}/`));
  if (key?.endsWith('/interrupt')) await put(context, n, place, { text: undefined });
  else await put(context, n, place, { text: '' });
  return true;
}

async function give(context: ActContext, place: string | number, reply: Reply): Promise<void> {
  const n = await answerNumber(context, place);
  const word = reply.text === undefined ? 'interrupt' : reply.secret ? 'typed' : reply.text;
  // Says what the answer means for the step, so that a restart knows it without asking again.
  await context.effect(`reply@${place}/${word}`, {
    what: replyInWords(reply),
    run: async () => ({ code: reply.code ?? null }),
    probe: async () => 'notHappened',
  });
  await put(context, n, place, reply);
}

/** `y`, or what may not be written down, in words. */
const typedInWords = ({ text, secret }: Reply): string =>
  secret ? 'what the operator gave' : text === '' ? 'its answer again' : `"${text}"`;

function replyInWords(reply: Reply): string {
  if (reply.text === undefined) return 'decides to stop the script';
  return `decides to answer ${typedInWords(reply)}`;
}

async function put(context: ActContext, n: number, place: string | number, reply: Reply): Promise<void> {
  const { scripts } = context.doors;
  const folder = context.attempt.scriptFolder;
  const isInterrupt = reply.text === undefined;
  await context.effect(`${isInterrupt ? 'interrupt' : 'answer'}/${n}@${place}`, {
    what: isInterrupt ? 'stops the script, as Ctrl-C does' : `types ${typedInWords(reply)} into the script`,
    run: async () => {
      await (reply.text === undefined ? scripts.interrupt(folder, n) : scripts.answer(folder, n, reply.text));
      return true;
    },
    probe: async () => ((await scripts.answered(folder, n)) ? true : 'notHappened'),
  });
}

/** One Ctrl-C for each time that the operator asked, each an effect of its own. */
async function interrupt(context: ActContext): Promise<void> {
  for (let time = 1; time <= context.cancelRequests(); time += 1)
    await give(context, time === 1 ? 'cancel' : `cancel${time}`, { text: undefined, code: 'cancelled' });
}

/** What the answers given so far mean for the step; of a prompt that was answered twice over a crash, the last counts. */
function codesOfReplies(effects: ActContext['attempt']['effects']): readonly OutcomeCode[] {
  const byPlace = new Map<string, OutcomeCode | undefined>();
  for (const [key, result] of Object.entries(effects)) {
    const place = /^reply@([^/]+)\//.exec(key)?.[1];
    if (place === undefined || typeof result !== 'object' || result === null || !('code' in result)) continue;
    byPlace.set(place, (result.code as OutcomeCode | null) ?? undefined);
  }
  return [...byPlace.values()].filter((code) => code !== undefined);
}

function ended(context: ActContext, found: LogFindings, exitCode: number | undefined, trouble?: string): Acted {
  const replies = codesOfReplies(context.attempt.effects);
  const codes = new Set<OutcomeCode>([
    ...replies,
    ...(found.amiFellBack.length > 0 ? ['amiFellBack' as const] : []),
    ...(found.functionNotFound.length > 0 ? ['functionNotFound' as const] : []),
  ]);
  const how = replies.includes('cancelled') ? 'cancelled' : exitCode === undefined ? 'lost' : 'finished';
  return {
    how,
    ...(exitCode !== undefined && { exitCode }),
    codes: [...codes],
    ...(trouble !== undefined && { error: trouble }),
  };
}

/** Puts a question beside a waiting prompt, and takes it back where the prompt or the step ends first. */
async function askWhileWaiting(
  context: ActContext,
  offset: number,
  key: string,
  asked: Asked,
): Promise<Answer | 'cancelled' | 'gone'> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const answer = context.decide(key, asked).catch((error: unknown) => {
    if (error instanceof StepCancelled) return 'cancelled' as const;
    throw error;
  });
  // Whichever loses the race is still waited for by somebody: nobody needs to hear of it.
  answer.catch(() => {});
  const end = promptEnds(context, offset, signal);
  end.catch(() => {});
  try {
    const first = await Promise.race([answer, end]);
    if (first === 'cancelled' || first === 'gone') await context.withdraw(key);
    return first;
  } finally {
    over.abort();
  }
}

async function promptEnds(context: ActContext, offset: number, signal: AbortSignal): Promise<'cancelled' | 'gone'> {
  const { scripts } = context.doors;
  const folder = context.attempt.scriptFolder;
  for (;;) {
    signal.throwIfAborted();
    if (context.cancelRequested()) return 'cancelled';
    const state = await scripts.state(folder);
    if (state.is !== 'running' || state.logBytes > offset) return 'gone';
    await scripts.changed(folder, offset, LOOK_MS, signal);
  }
}
