import { afterEach, describe, expect, it } from 'vitest';
import type { Setup } from '../../src/commands/setup.ts';
import type { FaultName } from '../../src/rehearsal/faults.ts';
import { loadEvidence } from '../../src/release/evidence.ts';
import type { JournalRecord } from '../../src/release/records.ts';
import type { GateView, ReleaseState } from '../../src/release/state.ts';
import type { ReviewSubject } from '../../src/steps/kind.ts';
import { dnsRows } from '../../src/store/notices.ts';
import { type Rehearsal, rehearseFrom } from '../support/rehearsal.ts';
import { until } from '../support/until.ts';

let rehearsal: Rehearsal | undefined;
afterEach(async () => {
  await rehearsal?.end();
  rehearsal = undefined;
});

/** What the operator was told in every question of a step, and what was recommended. */
function asked(release: ReleaseState | undefined, stepId: string) {
  return Object.values(release?.decisions ?? {})
    .filter((decision) => decision.stepId === stepId)
    .map(({ asked: { title, text, evidence = [], question }, answer }) => ({
      text: [title, ...text, ...evidence.map(({ label, value }) => `${label} ${value}`)].join('\n'),
      recommended: question.is === 'choose' ? question.recommended : undefined,
      answer,
    }));
}

/** The first change set that was put to the operator. */
function firstReview(release: ReleaseState | undefined) {
  for (const { asked, answer } of Object.values(release?.decisions ?? {}))
    if (asked.question.is === 'review') return { question: asked.question, answer };
  throw new Error('There was no review.');
}
async function reviewed(played: Rehearsal): Promise<ReviewSubject> {
  const { question } = firstReview(played.release());
  return JSON.parse(await loadEvidence(played.releaseFolder(), question.subject));
}

/** Begins before the stage of a fault and lets the scripted operator take what is recommended to the end. */
async function play(fault: FaultName, ...stages: readonly [string, ...string[]]) {
  return playAt(800, fault, ...stages);
}
async function playAt(speed: number, fault: FaultName, ...stages: readonly [string, ...string[]]) {
  const records: JournalRecord[] = [];
  const change = (setup: Setup): Setup => ({ ...setup, onRecord: (record) => records.push(record) });
  rehearsal = await rehearseFrom({ from: stages[0], faults: [fault], speed, change });
  const waitedFor: GateView[] = [];
  const troubles = { stacks: '', dns: '' };
  rehearsal.store.subscribe(({ live, observed }) => {
    troubles.stacks ||= observed.stacks.error ?? '';
    const { error, value } = observed.dns;
    troubles.dns ||= error ?? '';
    if (value && dnsRows(value).every(({ leadsTo }) => leadsTo === 'silent')) troubles.dns ||= 'silent';
    waitedFor.push(...Object.values(live.gates).flatMap((gates) => gates.filter(({ result }) => !result.holds)));
  });
  await rehearsal.play(...stages);
  const release = rehearsal.release();
  expect(release?.closed?.as).toBe('finished');
  for (const stage of stages) expect(release?.stages[stage]?.status).toBe('done');
  return { rehearsal, release, waitedFor, records, troubles };
}

/** A step whose script the outage may have ended: what the stack is decides, and it was updated once. */
function expectNothingFalse(played: Rehearsal, release: ReleaseState | undefined, stepId: string): void {
  const attempts = release?.steps[stepId]?.attempts ?? [];
  expect(attempts.filter(({ verdict }) => verdict?.is === 'done')).toHaveLength(1);
  const last = attempts.at(-1);
  expect([last?.acted?.exitCode, last?.verdict?.is]).toEqual([0, 'done']);
  for (const { acted, verdict } of attempts.slice(0, -1)) {
    expect(acted?.exitCode).not.toBe(0);
    expect(verdict?.is).toMatch(/^(unknown|failed)$/);
  }
  const events = played.store.getState().observed.events.value ?? [];
  const began = events.filter(
    ({ stackName, logicalResourceId, resourceStatus }) =>
      stackName === logicalResourceId && resourceStatus === 'UPDATE_IN_PROGRESS',
  );
  expect(began).toHaveLength(1);
}

describe('each fault says its cause and is got over by what is recommended', { timeout: 90_000 }, () => {
  it('redis-size: the update fails, the drained cache is deleted and created', async () => {
    const { release } = await play('redis-size', 'redis');
    const question = asked(release, '2.1').find(({ recommended }) => recommended === 'fallback:2.recreate');
    expect(question?.text).toMatch(/size/);
    expect(release?.steps['2.1']?.closedAs).toBe('byFallback');
  });

  it('undrained-cache: the delete waits until the last keys are written', async () => {
    // Slow enough that the update fails while keys are still there: they are gone half an hour after the start.
    const { release, rehearsal: played } = await playAt(90, 'undrained-cache', 'redis');
    const deleted = Object.values(release?.steps ?? {}).find(({ id }) => id.startsWith('2.recreate') && /1$/.test(id));
    const failedAtMs = release?.steps['2.1']?.attempts[0]?.intendedAtMs ?? 0;
    const maintenanceAtMs = played.world.aws.recordChanges().findLast(({ type }) => type === 'CNAME')?.atMs ?? 0;
    const drainedAtMs = maintenanceAtMs + 40 * 60_000;
    expect(failedAtMs).toBeLessThan(drainedAtMs);
    expect(deleted?.attempts[0]?.intendedAtMs).toBeGreaterThanOrEqual(drainedAtMs);
    expect(deleted?.overrides).toEqual([]);
  });

  it('function-not-found: cachedb and activities are deleted and created', async () => {
    const { release } = await play('function-not-found', 'cachedb', 'activities');
    const question = asked(release, '4.1').find(({ recommended }) => recommended?.startsWith('fallback:'));
    expect(question?.text).toMatch(/downsampleVolumeLambda/);
    expect(release?.steps['4.1']?.closedAs).toBe('byFallback');
    expect(release?.steps['5.1']?.closedAs).toBe('byFallback');
  });

  it('rollback: the first failure is named as the cause, and the second try works', async () => {
    const { release, rehearsal: played } = await play('rollback', 'api');
    const failed = Object.values(release?.steps ?? {}).find(({ attempts }) => attempts[0]?.verdict?.is === 'failed');
    expect(failed?.attempts[0]?.verdict?.summary).toMatch(/Endpoint/);
    expect(failed?.attempts).toHaveLength(2);
    const events = played.store.getState().observed.events.value ?? [];
    const failures = events.filter(({ resourceStatus }) => resourceStatus === 'UPDATE_FAILED');
    expect(failures.map(({ logicalResourceId, rootCause }) => [logicalResourceId, rootCause === true])).toEqual([
      ['Endpoint', true],
      ['sqsCachemgrPolicy', false],
    ]);
    expect(failures[1]?.resourceStatusReason).toBe('Resource update cancelled');
    const subject = await reviewed(played);
    expect(subject.changes.map(({ logicalResourceId, level }) => [logicalResourceId, level])).toContainEqual([
      'sqsCachemgrPolicy',
      'safe',
    ]);
  });

  it('danger-change: the table that would be replaced is first, must be typed, and rejecting is recommended', async () => {
    const { release, rehearsal: played } = await play('danger-change', 'api');
    const { question, answer } = firstReview(release);
    expect(question).toMatchObject({ recommended: 'reject' });
    expect(question.mustType).toEqual([expect.stringMatching(/tileindex/i)]);
    expect(answer).toEqual({ is: 'rejected' });
    expect((await reviewed(played)).changes[0]).toMatchObject({
      level: 'danger',
      resourceType: 'AWS::DynamoDB::Table',
    });
  });

  it('slow-dns: one resolver that keeps the old answer past its TTL is named', async () => {
    const { waitedFor } = await play('slow-dns', 'maintenanceOn');
    const named = waitedFor.filter(({ result: { overridable } }) => overridable === 'note');
    expect(named.map(({ result }) => JSON.stringify(result)).join()).toContain('9.9.9.9');
  });

  it('pending-email: who must confirm again is named, and the release goes on', async () => {
    const { release } = await play('pending-email', 'silence', 'restore');
    const said = asked(release, 'r.1').map(({ text }) => text);
    expect(said.join('\n')).toMatch(/@example\.org/);
  });

  it('script-crash: the stack is complete, nobody knows of the work after it, and running it again does that', async () => {
    const { release } = await play('script-crash', 'core');
    const attempts = release?.steps['1.1']?.attempts ?? [];
    expect(attempts.map(({ acted, verdict }) => [acted?.exitCode, verdict?.is])).toEqual([
      [1, 'unknown'],
      [0, 'done'],
    ]);
    const [question] = asked(release, '1.1').filter(({ recommended }) => recommended === 'retry');
    expect(question?.text).toMatch(/core is complete, but its script ended with exit 1.*Run it again/);
    expect(question?.text).toContain('ConnectionResetError: [Errno 104] Connection reset by peer');
  });

  it('expired-credentials: the release pauses, says so, and goes on by itself when they are renewed', async () => {
    const { release, rehearsal: played, records, troubles } = await playAt(400, 'expired-credentials', 'core');
    expect(records.filter(({ type }) => type === 'paused' || type === 'resumed').map(({ type }) => type)).toEqual([
      'paused',
      'resumed',
    ]);
    const paused = records.find((record) => record.type === 'paused');
    expect(paused?.type === 'paused' && paused.reason).toMatch(/^The credentials have expired: /);
    expect(troubles.stacks).toMatch(/credentials have expired/);
    expectNothingFalse(played, release, '1.1');
  });

  it('network-loss: every pane says that it sees nothing, nothing is taken for done, and all of it recovers', async () => {
    const { release, rehearsal: played, troubles } = await playAt(400, 'network-loss', 'core');
    expect(troubles.stacks).toMatch(/did not answer in time|No answer within|ECONNRE/);
    expect(troubles.dns).toMatch(/silent|No answer within/);
    expectNothingFalse(played, release, '1.1');
    const seen = () => played.store.getState().observed;
    await until('every pane to be well again', () => !seen().stacks.error && !seen().events.error && !seen().dns.error);
  });

  it('throttling: AWS slows everything down and nothing is lost', async () => {
    const { release } = await play('throttling', 'dynamolambda');
    for (const id of ['8.1', '8.2']) expect(release?.steps[id]?.attempts).toHaveLength(1);
  });
});
