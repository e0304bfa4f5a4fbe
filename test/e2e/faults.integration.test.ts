import { afterEach, describe, expect, it } from 'vitest';
import { openDoors } from '../../src/commands/doors.ts';
import type { Setup } from '../../src/commands/setup.ts';
import { type FaultName, STRIKES_IN } from '../../src/rehearsal/faults.ts';
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
  // It strikes where a rehearsal of it is said to begin; throttling strikes everywhere.
  if (fault !== 'throttling') expect(stages[0]).toBe(STRIKES_IN[fault]);
  const records: JournalRecord[] = [];
  const change = (setup: Setup): Setup => ({ ...setup, onRecord: (record) => records.push(record) });
  rehearsal = await rehearseFrom({ from: stages[0], faults: [fault], speed, change });
  const waitedFor: GateView[] = [];
  const troubles = { stacks: '', dns: '', caches: '', all: new Set<string>(), builds: new Set<string>() };
  rehearsal.store.subscribe(({ live, observed }) => {
    for (const { error } of [observed.stacks, observed.events, observed.dns]) if (error) troubles.all.add(error);
    for (const { builds } of Object.values(observed.builds ?? {}))
      for (const { machine, is } of builds) if (is === 'failed') troubles.builds.add(machine);
    troubles.stacks ||= observed.stacks.error ?? '';
    troubles.caches ||= observed.caches.value?.find((look) => look.error)?.error ?? '';
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

  it('cache-failover: the passes are void, the gate says why, begins anew and holds', async () => {
    const { release, waitedFor } = await playAt(500, 'cache-failover', 'redis');
    const said = waitedFor.filter(({ id }) => id === 'drained').map(({ result }) => result.summary);
    expect(said.find((summary) => /void: .*(failover|hung up|closed)/.test(summary))).toBeDefined();
    const deleted = release?.steps['2.recreate.1'];
    expect(deleted?.closedAs).toBe('done');
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

  it('rollback-failed: both causes are named, the rollback is continued, and the second try works', async () => {
    const { release } = await play('rollback-failed', 'api');
    const question = asked(release, '3.2').find(({ recommended }) => recommended === 'fallback:3.2.rollback');
    expect(question?.text).toMatch(/Endpoint: Received 0 SUCCESS.*could not roll the update back.*quota/);
    expect(release?.steps['3.2.rollback.1']?.closedAs).toBe('done');
    expect(release?.steps['3.2']?.attempts.map(({ verdict }) => verdict?.code ?? verdict?.is)).toEqual([
      'rollbackFailed',
      'done',
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
      recovery: expect.stringMatching(/^it cannot be put back: point-in-time recovery is off/),
    });
  });

  it('gsi: two index changes are predicted, and made one after the other by the edit of their file', async () => {
    const { release, rehearsal: played } = await play('gsi', 'api');
    const question = asked(release, '3.1').find(({ recommended }) => recommended === 'fallback:3.index');
    expect(question?.text).toMatch(/task-index, task-index-v2.*DynamoDB takes one an update/);
    // It was predicted: no update of api has failed.
    const outcomes = Object.values(release?.steps ?? {}).flatMap(({ attempts }) => attempts);
    expect(outcomes.filter(({ verdict }) => verdict?.code === 'updateFailed')).toEqual([]);
    expect(asked(release, '3.index.1').map(({ text }) => text)).toEqual([expect.stringContaining('task-index-v2')]);
    expect(release?.steps['3.1']?.closedAs).toBe('byFallback');
    expect(release?.steps['3.2']?.closedAs).toBe('byFallback');
    const { bosslet } = played.world.addresses;
    const doors = openDoors({
      ...played.world.addresses,
      clock: played.world.clock,
      supervisorFile: '',
      readOnly: true,
    });
    const { dynamoDb } = doors.aws;
    expect((await dynamoDb.describeTable(`tileindex.${bosslet.internalDomain}`))?.indexes).toEqual([
      { indexName: 'task-index-v2', indexStatus: 'ACTIVE' },
    ]);
    // The file of the submodule is as its commit has it.
    expect(await doors.git.status()).toEqual([]);
    await doors.caches.close();
  });

  it('leftover-change-set: a failed one goes and is written down, one that waits goes when its name is typed', async () => {
    const { release, rehearsal: played } = await play('leftover-change-set', 'core', 'redis');
    const deleted = (stepId: string) =>
      Object.keys(release?.steps[stepId]?.attempts[0]?.effects ?? {}).filter((key) =>
        key.startsWith('deleteChangeSet/'),
      );
    const typed = (stepId: string) => asked(release, stepId).filter(({ answer }) => answer?.is === 'typed');
    expect([deleted('1.1').length, typed('1.1').length]).toEqual([1, 0]);
    expect([deleted('2.1').length, typed('2.1').length]).toEqual([1, 1]);
    expect(typed('2.1')[0]).toMatchObject({
      text: expect.stringMatching(/CREATE_COMPLETE, \d+h\d\dm old: somebody may be at its prompt/),
      answer: { text: played.world.addresses.bosslet.name },
    });
  });

  it('slow-dns: one resolver that keeps the old answer past its TTL is named', async () => {
    const { waitedFor } = await play('slow-dns', 'maintenanceOn');
    const named = waitedFor.filter(({ result: { overridable } }) => overridable === 'note');
    expect(named.map(({ result }) => JSON.stringify(result)).join()).toContain('9.9.9.9');
  });

  it("dns-split: the zone's server that answers the old way is named until it answers as the others do", async () => {
    const { release, waitedFor } = await play('dns-split', 'maintenanceOn');
    const said = waitedFor.map(({ result: { summary } }) => summary);
    expect(said.join('\n')).toMatch(
      /own servers disagree: ns-\S+.* to the maintenance page, ns-\S+ to the load balancer/,
    );
    expect(release?.steps['m.2']?.overrides).toEqual([]);
    const [attempt] = release?.steps['m.1']?.attempts ?? [];
    const saved = JSON.parse(await loadEvidence(rehearsal?.releaseFolder() ?? '', attempt?.effects.record as never));
    expect(saved).toMatchObject({
      TTL: 300,
      Type: 'CNAME',
      ResourceRecords: [{ Value: expect.stringContaining('elb') }],
    });
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
    expect(troubles.stacks).toMatch(/did not answer in time|No answer within|ECONNRE|socket hang up/);
    expect(troubles.dns).toMatch(/silent|No answer within|did not answer in time|ECONNRE/);
    expect(troubles.caches).toMatch(/could not be (looked at|scanned)|ECONNRESET/);
    expect([...troubles.all].join('\n')).toMatch(/ECONNREFUSED.* Nothing listens there/);
    expectNothingFalse(played, release, '1.1');
    const seen = () => played.store.getState().observed;
    const isWell = () => !seen().stacks.error && !seen().events.error && !seen().dns.error && !seen().caches.error;
    await until('every pane to be well again', () => isWell() && seen().caches.value?.every(({ error }) => !error));
  });

  it('ami-build-failed: the log tells what exit 0 does not, and trying again builds that machine alone', async () => {
    const { release, troubles } = await play('ami-build-failed', 'finishDev');
    const [question] = asked(release, 'u.1').filter(({ recommended }) => recommended === 'retry');
    expect(question?.text).toMatch(/No AMI of endpoint was built; read packer\/logs\/endpoint\.log/);
    expect(question?.text).toMatch(/endpoint\.log failed: .*Error executing salt-call: Bad exit status: 2/);
    const [failed, built] = release?.steps['u.1']?.attempts ?? [];
    expect([failed?.acted?.exitCode, failed?.verdict?.is]).toEqual([0, 'failed']);
    expect(built?.plan.commands.map((command) => command.replace(/^.*dev\.boss /, ''))).toEqual(['endpoint']);
    expect(troubles.builds).toEqual(new Set(['endpoint']));
  });

  it('throttling: AWS slows everything down and nothing is lost', async () => {
    const { release } = await play('throttling', 'dynamolambda');
    for (const id of ['8.1', '8.2']) expect(release?.steps[id]?.attempts).toHaveLength(1);
  });
});
