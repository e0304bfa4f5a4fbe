import { expect, it } from 'vitest';
import * as z from 'zod';
import type { Planned, PlannedStep } from '../../src/commands/plan.ts';
import { createCheckout } from '../../src/rehearsal/bossManage/checkout.ts';
import { stagesOf, stepsOf } from '../../src/runbook/runbook.ts';
import { runbookFor } from '../../src/runbook/runbookFor.ts';
import { BIN, run } from '../support/program.ts';
import { BOSSLET, bossletStacks, COMMIT, RULE, SUBSCRIPTIONS } from './deployment.ts';
import { operatorAt } from './operator.ts';
import { recordingProxy } from './recordingProxy.ts';
import type { Scene } from './scene.ts';

const PRODUCTION = BOSSLET.internalDomain;
const STEPS = stagesOf(runbookFor({ bosslet: PRODUCTION, scenario: 'production', ...BOSSLET })).flatMap(({ steps }) =>
  stepsOf(steps),
);
const READS = /^(Describe|List|Get)/;
/** moto lists no distribution's aliases, so the maintenance page cannot be found there. */
const UNKNOWN_TO_MOTO = ['m.1'];

/** All that moto holds: a text of each kind of thing in each service. */
async function dump({ endpoint }: Scene): Promise<Readonly<Record<string, string>>> {
  const services = dumpSchema.parse(await (await fetch(`${endpoint}/moto-api/data.json`)).json());
  return Object.fromEntries(
    Object.entries(services).flatMap(([service, kinds]) =>
      Object.entries(kinds).map(([kind, things]) => [`${service} ${kind}`, JSON.stringify(things)]),
    ),
  );
}
const dumpSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

const scriptProgram = BIN.replace(/bin\.js$/, 'boss-manage.js');

/** `boss-tui plan` against an AWS that is not ours. */
export function itPlans(scene: () => Scene): void {
  it('is planned for step by step with what it holds, by reads alone, nothing asked twice and nothing changed', async () => {
    const before = await dump(scene());
    const proxy = await recordingProxy(scene().endpoint);
    let head = '';
    const home = await operatorAt(proxy.url, {
      bossManage: async (folder) => {
        ({ head } = await createCheckout({ folder, scriptProgram, faults: new Set() }));
      },
    });
    const { code, stdout, stderr } = await run(home, ['plan', PRODUCTION, '--json']);
    await proxy.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const planned = JSON.parse(stdout) as Planned;
    expect(planned.checkout).toEqual({ head });
    await showsTheDeployment(planned, scene());

    const operations = proxy.seen.map(({ operation }) => operation);
    expect(operations.filter((operation) => !READS.test(operation))).toEqual([]);
    const questions = proxy.seen.map(({ service, operation, asked }) => `${service} ${operation} ${asked}`);
    expect(questions.filter((question, n) => questions.indexOf(question) !== n)).toEqual([]);
    expect(await dump(scene())).toEqual(before);
    // It is a dump of what was seeded.
    expect(before['cloudformation Stack']).toContain('CoreProductionBoss');
    expect(before['sns Subscription']).toContain(BOSSLET.operator);
    expect(before['cloudformation ChangeSet'] ?? '[]').toBe('[]');
  }, 90_000);
}

/** The same against any AWS, where boss-manage is nowhere to be found. */
export function itPlansWithoutCheckout(scene: () => Scene): void {
  it('is planned for without a checkout, but for what that alone knows', async () => {
    const home = await operatorAt(scene().endpoint);
    const { code, stdout, stderr } = await run(home, ['plan', PRODUCTION]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [first, second] = stdout.split('\n');
    expect(first).toBe(
      `Plan of ${PRODUCTION}: what each step would do now. Nothing was changed and no change set was created.`,
    );
    expect(second).toMatch(/^! .*boss-manage/);
    for (const { id, title } of STEPS) expect(stdout).toContain(`  ${id} ${title}`);
    expect(stdout.match(new RegExp(`Commit: ${COMMIT}`, 'g'))?.length).toBeGreaterThan(40);
    expect(stdout.match(/^ +! .*/gm)?.filter((line) => !line.includes('boss_tile_index'))).toEqual([]);
  }, 90_000);
}

/** What the steps' plans say is what the seed put there. */
async function showsTheDeployment({ steps }: Planned, { aws, seeded }: Scene): Promise<void> {
  expect(steps.map(({ step }) => step)).toEqual(STEPS.map(({ id }) => id));
  expect(steps.filter(({ error }) => error !== undefined).map(({ step }) => step)).toEqual(UNKNOWN_TO_MOTO);
  const planOf = (id: string) => steps.find(({ step }) => step === id)?.plan;
  for (const [n, { tags, stackName: name }] of bossletStacks([]).entries()) {
    const step = steps.find((each) => each.key === String(n + 1) && /^(Update|Delete) /.test(each.title));
    const stack = await aws.cloudFormation.describeStack(name);
    expect(step?.plan?.baseline).toMatchObject({
      stackId: stack?.stackId,
      stackStatus: stack?.stackStatus,
      newestEventId: (await aws.cloudFormation.stackEventsPage(name)).events[0]?.eventId,
      commit: COMMIT,
      stackVersion: tags.StackVersion,
      leftover: [],
    });
    expect(linesOf(step)).toContain(`StackVersion: ${tags.StackVersion}`);
  }
  expect(evidence(planOf('a.1'))).toContainEqual(
    expect.stringMatching(`^vault latest: vault.boss-h7a6e3a1f ${seeded.imageIds['vault.boss-h7a6e3a1f']} commit`),
  );
  expect(evidence(planOf('s.1'))).toContain(
    `Subscriptions: ${SUBSCRIPTIONS.length}, ${SUBSCRIPTIONS.length - 1} are to be silenced`,
  );
  expect(evidence(planOf('s.1'))).toContain('Filter policies: 1 now, 200 allowed by default');
  expect(evidence(planOf('2.recreate.1'))).toEqual(
    expect.arrayContaining(['Queue S3flush: 4 messages: cuboids on their way from the cache to S3']),
  );
  expect(planOf('o.1')).toMatchObject({
    alreadyDone: true,
    dangers: [],
    baseline: { values: [seeded.balancerAddress], target: seeded.balancerAddress, ttlSeconds: 300 },
  });
  expect(evidence(planOf('b.2'))).toContain(`Load balancer: ${seeded.balancerAddress}`);
  expect(planOf('d.1')).toMatchObject({ alreadyDone: true, evidence: [{ label: RULE, value: 'DISABLED' }] });
  expect(planOf('f.1')?.commands).toContain(`CopyImage vault.boss-h7a6e3a1f → ${BOSSLET.sprint}`);
  expect(planOf('1.1')?.commands).toEqual([expect.stringContaining(`update ${PRODUCTION} core`)]);
}

const evidence = (plan: PlannedStep['plan']) => plan?.evidence.map(({ label, value }) => `${label}: ${value}`);
const linesOf = (step: PlannedStep | undefined) => evidence(step?.plan);
