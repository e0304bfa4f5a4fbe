import { stagesOf, stepsOf } from '../runbook/runbook.ts';
import { derived } from './derived.ts';
import { foreignOperations } from './foreign.ts';
import { openDecisions, questionId, stages } from './selectors.ts';
import type { AppState, Session } from './store.ts';
import type {
  DnsClass,
  DnsLook,
  DnsRow,
  DnsVerdict,
  LiveState,
  Observed,
  ReleaseState,
  StageStatus,
  StepState,
} from './types.ts';

/** Something that is not normal now. */
export interface Notice {
  readonly text: string;
  /** Since when, where that is known. */
  readonly sinceMs?: number | undefined;
  /** `plain`: no trouble, but to be known. */
  readonly tone: 'plain' | 'warn' | 'danger';
}

/** Where the public name is being switched to: by the step that is at it, or was last. */
export type DnsTarget = 'maintenance' | 'live' | undefined;

interface DnsStep {
  readonly target: 'maintenance' | 'live';
  readonly startedAtMs: number | undefined;
  readonly closedAtMs: number | undefined;
  readonly open: boolean;
}

/** The steps that wait for DNS, those that were begun, in the order in which they were. */
function dnsSteps(release: ReleaseState): readonly DnsStep[] {
  return stagesOf(release.runbook)
    .flatMap((stage) => {
      const begun = release.stages[stage.id];
      const gate = stepsOf(stage.steps)
        .flatMap(({ gates }) => gates)
        .find(({ needs }) => needs.is === 'dns');
      if (!begun || begun.status === 'todo' || begun.status === 'skipped' || gate?.needs.is !== 'dns') return [];
      const closedAtMs = begun.status === 'done' ? begun.endedAtMs : undefined;
      return [
        {
          target: gate.needs.target,
          startedAtMs: begun.startedAtMs,
          closedAtMs,
          open: closedAtMs === undefined,
        },
      ];
    })
    .sort((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0));
}

/** Where the public name is being led, or was led last in this release; undefined where nothing was switched. */
export const dnsTarget: (state: AppState) => DnsTarget = derived(
  (state: AppState) => [state.release],
  (release) => (release ? dnsSteps(release).at(-1)?.target : undefined),
);

/** What a row is, given where the name is being led. */
export function dnsClass(leadsTo: DnsVerdict, target: DnsTarget): DnsClass {
  if (leadsTo === 'silent' || leadsTo === 'other') return leadsTo;
  return target === undefined || leadsTo === target ? 'new' : 'old';
}

/** The newest look at every server. */
export const dnsRows = (look: DnsLook | undefined): readonly DnsRow[] => look?.rounds.at(-1)?.rows ?? [];

/** What is not normal now, for the header's second line. Empty when all is well. */
export const notices: (state: AppState) => readonly Notice[] = derived(
  (state: AppState) => [
    state.release,
    state.observed.dns,
    state.observed.stacks.value,
    state.observed.troubles,
    state.live.trouble,
    state.session,
  ],
  (release, dns, board, troubles, trouble, session) => [
    ...account(session),
    ...maintenance(release, dns),
    ...list(release),
    ...(release?.paused ? [{ text: `PAUSED ${release.paused}`, tone: 'danger' as const }] : []),
    ...(release?.closed ? [{ text: `RELEASE ${release.closed.as.toUpperCase()}`, tone: 'plain' as const }] : []),
    ...(session.customEndpoint && session.mode === 'production'
      ? [{ text: `AWS AT ${session.customEndpoint}`, tone: 'danger' as const }]
      : []),
    ...emptyBoard(board, session),
    ...stuck(board),
    ...foreign(board, release),
    ...(session.role === 'watcher' && session.mode === 'production' && !release
      ? [{ text: 'NO RELEASE IS OPEN ON THIS MACHINE: THE WORLD ALONE IS SHOWN', tone: 'plain' as const }]
      : []),
    ...(trouble ? [{ text: trouble, tone: 'danger' as const }] : []),
    ...troubles.map((text) => ({ text, tone: 'warn' as const })),
  ],
);

const account = ({ accountError }: Session): readonly Notice[] =>
  accountError === undefined ? [] : [{ text: accountError, tone: 'danger' }];

/** Begun by somebody else: no step of ours may touch a stack meanwhile. */
const foreign = (board: Observed['stacks']['value'], release: ReleaseState | undefined): readonly Notice[] =>
  foreignOperations(board, release).map(({ config, stackStatus, sinceMs }) => ({
    text: `NOT OURS: ${config} ${stackStatus}`,
    sinceMs,
    tone: 'warn',
  }));

/** Not one of the stacks: in a region, or an account, where they are not. */
const emptyBoard = (board: Observed['stacks']['value'], { bosslet, region }: Session): readonly Notice[] =>
  board?.every(({ stack }) => !stack)
    ? [{ text: `NO STACK OF ${bosslet} IN ${region}: CHECK THE REGION`, tone: 'warn' }]
    : [];

/** A stack that takes no update until its rollback was continued. */
const stuck = (board: Observed['stacks']['value']): readonly Notice[] =>
  (board ?? []).flatMap(({ config, stack }) =>
    stack?.stackStatus === 'UPDATE_ROLLBACK_FAILED'
      ? [{ text: `ROLLBACK OF ${config} FAILED: R CONTINUES IT`, tone: 'danger' as const }]
      : [],
  );

function maintenance(release: ReleaseState | undefined, dns: Observed['dns']): readonly Notice[] {
  const rows = dnsRows(dns.value).filter(({ leadsTo }) => leadsTo === 'maintenance' || leadsTo === 'live');
  const down = rows.filter(({ leadsTo }) => leadsTo === 'maintenance').length;
  const last = release ? dnsSteps(release).at(-1) : undefined;
  const sinceMs = last?.target === 'maintenance' ? (last.startedAtMs ?? last.closedAtMs) : undefined;
  if (rows.length === 0) return sinceMs === undefined ? [] : [{ text: 'MAINTENANCE', sinceMs, tone: 'warn' }];
  if (down === 0) return [];
  if (down === rows.length) return [{ text: 'MAINTENANCE', sinceMs, tone: 'warn' }];
  return [{ text: `MAINTENANCE AT ${down} OF ${rows.length} SERVERS`, tone: 'warn' }];
}

/** How many subscribers are muted or removed now, each from the moment on at which it was done. */
function list(release: ReleaseState | undefined): readonly Notice[] {
  if (!release) return [];
  const { muted, removed } = silenced(release);
  const words = [muted > 0 ? `MUTED ${muted}` : '', removed > 0 ? `REMOVED ${removed}` : ''].filter(Boolean);
  return words.length > 0 ? [{ text: `LIST ${words.join(', ')}`, tone: 'warn' }] : [];
}

const isDoneSince = (step: StepState | undefined, sinceMs: number): boolean =>
  step?.status === 'done' && (step.closedAtMs ?? 0) >= sinceMs;

/** Follows the effects of the steps that silence the mailing list and restore it, in the order of their attempts. */
function silenced(release: ReleaseState): { readonly muted: number; readonly removed: number } {
  const steps = stagesOf(release.runbook)
    .flatMap((stage) => stepsOf(stage.steps))
    .filter(({ kind }) => kind === 'listSilence' || kind === 'listRestore');
  const attempts = steps
    .flatMap(({ id, kind }) => (release.steps[id]?.attempts ?? []).map((attempt) => ({ kind, attempt })))
    .sort((a, b) => a.attempt.intendedAtMs - b.attempt.intendedAtMs);
  const muted = new Set<string>();
  let removed = 0;
  for (const { kind, attempt } of attempts) {
    for (const [key, result] of Object.entries(attempt.effects)) {
      const [, effect, arn] = /^(mute|remove|subscribe|attribute)\/(arn:[^/]*)?/.exec(key) ?? [];
      if (effect === 'mute' && arn && result === 'muted') muted.add(arn);
      if (effect === 'remove') removed += 1;
      if (effect === 'subscribe') removed -= 1;
      if (effect === 'attribute' && arn) muted.delete(arn);
    }
    // What it had not to put back itself was put back by somebody else.
    if (kind !== 'listRestore' || attempt.verdict?.is !== 'done') continue;
    muted.clear();
    removed = 0;
  }
  const silencedAtMs = attempts.findLast(({ kind }) => kind === 'listSilence')?.attempt.intendedAtMs ?? 0;
  const isRestored = steps.some(
    ({ id, kind }) => kind === 'listRestore' && isDoneSince(release.steps[id], silencedAtMs),
  );
  return isRestored ? { muted: 0, removed: 0 } : { muted: muted.size, removed: Math.max(0, removed) };
}

/** Why the operator is wanted: rings the bell once for each `id`, and stands in the terminal's title. */
export interface Attention {
  readonly id: string;
  readonly title: string;
}

/** Whether something needs the operator: a question, a stopped stage, a pause. Watchers are never called. */
export const attention: (state: AppState) => Attention | undefined = derived(
  (state: AppState) => [state.session.role, state.release, state.live, openDecisions(state), stages(state)],
  (role, release, live, decisions, all) => {
    if (role === 'watcher' || release?.closed) return undefined;
    const decision = decisions[0];
    if (decision) return { id: questionId(decision), title: `answer: ${decision.asked.title}` };
    if (release?.paused) return { id: `paused/${release.paused}`, title: `paused: ${release.paused}` };
    const gate = overridableGate(live);
    if (gate) return { id: `gate/${gate.stepId}/${gate.title}`, title: `waits: ${gate.title}` };
    if (release && all.length > 0 && all.every(({ id }) => isClosed(release.stages[id]?.status)))
      return { id: 'finish', title: 'finish the release' };
    const stopped = all.find(({ id }) => release?.stages[id]?.status === 'stopped');
    const run = stopped && release?.stages[stopped.id]?.run;
    return stopped && { id: `stopped/${stopped.id}/${run}`, title: `stopped: ${stopped.title}` };
  },
);

const isClosed = (status: StageStatus | undefined) => status === 'done' || status === 'skipped';

/** A gate that waits and that time alone need not open: it may be overridden by typing. */
function overridableGate(live: LiveState): { readonly stepId: string; readonly title: string } | undefined {
  for (const { stepId, waits } of Object.values(live.at)) {
    if (waits !== 'gate') continue;
    const gate = live.gates[stepId]?.find((each) => !each.result.holds && !each.overridden && each.typed !== undefined);
    if (gate) return { stepId, title: gate.title };
  }
  return undefined;
}
