import type { EventRow } from '../observe/observed.ts';
import type { JournalRecord } from '../release/records.ts';
import type { AppState, Store } from '../store/store.ts';
import { sanitiseLine } from '../text/sanitise.ts';

const time = (ms: number) => new Date(ms).toISOString().slice(11, 19);

/** A record of the journal as one line; undefined for what its neighbours say already. */
export function recordLine(record: JournalRecord): string | undefined {
  const text = recordText(record);
  return text === undefined ? undefined : `${time(record.at)} ${sanitiseLine(text)}`;
}

function recordText(record: JournalRecord): string | undefined {
  switch (record.type) {
    case 'release.opened':
      return `release ${record.release} of ${record.bosslet} opened by ${record.operator} at ${record.head.slice(0, 8)}`;
    case 'operator.changed':
      return `operator is now ${record.operator}: ${record.reason}`;
    case 'step.intended':
      return `${record.stepId} ${intentText(record)}`;
    case 'effect.intended':
      return `${record.stepId} ${record.what}`;
    case 'effect.resulted':
      return record.probed ? `${record.stepId} ${record.key} had happened already` : undefined;
    case 'decision.asked':
      return `asked: ${record.asked.title}`;
    case 'decision.answered':
      return `answered: ${answerText(record.answer)}`;
    case 'decision.withdrawn':
      return 'the question was taken back';
    case 'gate.overridden':
      return `${record.stepId} gate ${record.gateId} overridden: ${record.note}`;
    case 'cancel.requested':
      return `${record.stepId} cancel asked for`;
    case 'step.acted':
      return record.acted.exitCode === undefined
        ? undefined
        : `${record.stepId} ${record.acted.how}, exit ${record.acted.exitCode}`;
    case 'step.proved':
      return `${record.stepId} ${record.verdict.is}: ${record.verdict.summary}`;
    case 'fallback.taken':
      return `${record.stepId} fallback ${record.fallbackId}`;
    case 'step.closed':
      return `${record.stepId} closed: ${record.as}${record.note ? ` (${record.note})` : ''}`;
    case 'paused':
      return `paused: ${record.reason}`;
    case 'resumed':
      return 'resumed';
    case 'note':
      return `note: ${record.text}`;
    case 'release.closed':
      return `release ${record.as}${record.note ? `: ${record.note}` : ''}`;
  }
}

function intentText({ plan, gates }: Extract<JournalRecord, { type: 'step.intended' }>): string {
  if (plan.alreadyDone) return 'is so already and is only proved';
  if (plan.commands.length > 0) return `begins: ${plan.commands.join(' && ')}`;
  return gates.length > 0 ? `passed its gates: ${gates.map(({ summary }) => summary).join('; ')}` : 'begins';
}

function answerText(answer: Extract<JournalRecord, { type: 'decision.answered' }>['answer']): string {
  switch (answer.is) {
    case 'typed':
      return `typed ${answer.text}`;
    case 'chosen':
      return answer.note ? `${answer.option} (${answer.note})` : answer.option;
    case 'signed':
      return `signed: ${answer.note}`;
    case 'text':
      return `${answer.length} characters`;
    default:
      return answer.is;
  }
}

/** A stack event as one line. */
export function eventLine(event: EventRow): string {
  const reason = event.resourceStatusReason ? ` ${event.resourceStatusReason}` : '';
  return sanitiseLine(
    `${time(event.timestampMs)} ${event.config} ${event.logicalResourceId} ${event.resourceType} ${event.resourceStatus}${reason}`,
  );
}

/** Calls `print` with a line for each stack event and each server that changes its mind, once each. */
export function followObservations(store: Store, print: (line: string) => void): () => void {
  const printed = new Set<string>();
  const leads = new Map<string, string>();
  const look = ({ observed }: AppState) => {
    for (const event of observed.events.value ?? []) {
      if (printed.has(event.eventId)) continue;
      printed.add(event.eventId);
      print(eventLine(event));
    }
    const round = observed.dns.value?.rounds.at(-1);
    for (const { answer, leadsTo } of round?.rows ?? []) {
      const before = leads.get(answer.server.label);
      leads.set(answer.server.label, leadsTo);
      if (before !== undefined && before !== leadsTo) {
        print(`${time(answer.askedAtMs)} dns ${sanitiseLine(answer.server.label)} now leads to ${leadsTo}`);
      }
    }
  };
  look(store.getState());
  return store.subscribe(look);
}
