import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutOf } from '../../src/bosslet/bosslet.ts';
import { changeSetName, stackName } from '../../src/bosslet/names.ts';
import type { ReadDoors } from '../../src/clients/doors.ts';
import type { Json } from '../../src/runbook/runbook.ts';
import type { Acted, Attempt } from '../../src/steps/kind.ts';
import { preflight } from '../../src/steps/preflight.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { type Operator, obliging, type StepWorld, startStepWorld } from './stepWorld.ts';
import { attemptOn, contextOf } from './toldWorld.ts';

let steps: StepWorld;
beforeAll(async () => {
  steps = await startStepWorld({ from: 'core' });
});
afterAll(() => steps.end());

const startedScripts = () => readdir(join(steps.folder, 'scripts'));
const nameOf = (config: string) => stackName(steps.world.addresses.bosslet, config);

describe('a script of a checkout that moved since its card was read', () => {
  it.each([
    ['maintenance', { turn: 'off' }],
    ['vaultExport', {}],
    ['iamExport', { devBosslet: 'dev.boss' }],
    ['packer', { devBosslet: 'dev.boss', machines: ['auth'] }],
    ['amiChoice', { sprint: 'sprint42' }],
    ['stackDelete', { config: 'cloudwatch' }],
    ['stackPreview', { config: 'core' }],
  ] as const)('is not started: %s', async (kind, params) => {
    const { head } = steps.doors.git;
    const before = await startedScripts();
    // A sound maintenance is done already; this one leads elsewhere.
    const { route53 } = steps.doors.aws;
    const { recordSet } = route53;
    Object.assign(route53, {
      recordSet: async () => ({ name: '', type: 'CNAME', values: ['elsewhere'], ttlSeconds: 300 }),
    });
    let reads = 0;
    Object.assign(steps.doors.git, { head: async () => (reads++ === 0 ? head() : 'f'.repeat(40)) });
    try {
      const operator: Operator = (key, asked) =>
        key === 'amis' ? { is: 'chosen', option: 'build' } : obliging(key, asked);
      const played = await steps.play({ kind, params, operator });
      expect(played.verdict).toMatchObject({ code: 'headMoved' });
      expect(await startedScripts()).toEqual(before);
    } finally {
      Object.assign(steps.doors.git, { head });
      Object.assign(route53, { recordSet });
    }
  });
});

describe('a change set of this commit that an earlier run left behind', () => {
  const leave = async (config: string, another: boolean) => {
    const { cloudFormation } = steps.doors.aws;
    const template = JSON.parse(await cloudFormation.getTemplate(nameOf(config))) as { Resources: object };
    const more = another ? { Another: { Type: 'AWS::SNS::Topic' } } : {};
    return cloudFormation.createChangeSet({
      stackName: nameOf(config),
      changeSetName: changeSetName(steps.world.head),
      templateBody: JSON.stringify({ ...template, Resources: { ...template.Resources, ...more } }),
      parameters: {},
    });
  };
  const changeSets = () => steps.doors.aws.cloudFormation.listChangeSets(nameOf('redis'));

  it('and that could be executed is shown with its age and goes only when the bosslet is typed', async () => {
    const arn = await leave('redis', true);
    await expect.poll(async () => (await changeSets())[0]?.status).toBe('CREATE_COMPLETE');
    const findings = (await preflight(steps.context())).filter(({ title }) => title === 'Change sets');
    expect(findings).toEqual([
      {
        level: 'warn',
        title: 'Change sets',
        detail: expect.stringMatching(/CREATE_COMPLETE, .* old: somebody/),
        cure: expect.stringMatching(/type/),
      },
    ]);
    const before = await startedScripts();
    const declined = await steps.play({
      kind: 'stackUpdate',
      params: { config: 'redis' },
      operator: () => ({ is: 'declined' }),
    });
    expect(declined.plan.dangers).toMatchObject([{ id: `leftover:${arn}`, level: 'danger' }]);
    expect(declined.verdict.is).not.toBe('done');
    expect((await changeSets()).map(({ changeSetId }) => changeSetId)).toEqual([arn]);
    expect(await startedScripts()).toEqual(before);
    const typed = await steps.play({ kind: 'stackUpdate', params: { config: 'redis' } });
    expect(typed.journal.asked[0]?.asked.question).toEqual({ is: 'typed', expected: 'production.boss' });
    expect(typed.journal.words).toContain(`deletes the change set ${arn}`);
    expect(typed.verdict).toMatchObject({ is: 'done' });
  });

  it('and that failed goes without a word, and is written down', async () => {
    const [left] = await changeSets();
    expect(left?.status).toBe('FAILED');
    const played = await steps.play({ kind: 'stackUpdate', params: { config: 'redis' } });
    expect(played.plan.dangers).toMatchObject([{ id: `leftover:${left?.changeSetId}`, level: 'warn' }]);
    expect(played.journal.words).toContain(`deletes the change set ${left?.changeSetId}`);
    expect(played.journal.asked).toEqual([]);
    expect(played.verdict).toMatchObject({ is: 'done' });
  });

  it('is a finding where it cannot be told whether there is one', async () => {
    const { cloudFormation } = steps.doors.aws;
    const { listChangeSets } = cloudFormation;
    Object.assign(cloudFormation, { listChangeSets: async () => Promise.reject(new Error('Access was denied.')) });
    const findings = await preflight(steps.context());
    Object.assign(cloudFormation, { listChangeSets });
    expect(findings.filter(({ title }) => title === 'Change sets')).toMatchObject([
      { level: 'stop', detail: 'Access was denied.' },
    ]);
  });
});

describe('a progress file of an unfinished update', () => {
  const plan = async (version: string) => {
    const file = join(
      checkoutOf(steps.world.addresses.bosslet),
      'cloud_formation',
      'configs',
      'migrations',
      'core',
      'progress',
    );
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, version);
    const kind = stepKinds.get('stackUpdate');
    const { dangers } = (await kind?.plan(kind.parse({ config: 'core' }), steps.context())) ?? { dangers: [] };
    return dangers.filter(({ id }) => id.startsWith('progress:'));
  };

  it('is a danger on the card only where its number is below that of the stack', async () => {
    expect(await plan('2')).toMatchObject([{ level: 'danger', text: expect.stringMatching(/version 2.*at 3/) }]);
    expect(await plan('3')).toEqual([]);
  });
});

describe('a create whose image is missing', () => {
  it('is not started: it would launch the latest without asking', async () => {
    const before = await startedScripts();
    steps.facts.amiVersion = 'sprint99';
    const { cloudFormation } = steps.doors.aws;
    const { describeStack } = cloudFormation;
    Object.assign(cloudFormation, { describeStack: async () => undefined });
    const played = await steps.play({ kind: 'stackCreate', params: { config: 'activities' } });
    Object.assign(cloudFormation, { describeStack });
    delete steps.facts.amiVersion;
    expect(played.plan.dangers.map(({ id }) => id)).toEqual(['ami:activities:sprint99']);
    expect(played.verdict).toMatchObject({ is: 'failed', code: 'amiFellBack' });
    expect(await startedScripts()).toEqual(before);
  });
});

describe('an image of somebody else', () => {
  it('that the script would take, because it looks by name alone, is a danger on the card', async () => {
    const { ec2 } = steps.doors.aws;
    const { images } = ec2;
    Object.assign(ec2, {
      images: async (names: readonly string[]) =>
        (await images(names)).map((image) => ({ ...image, ownerId: '666666666666' })),
    });
    const kind = stepKinds.get('stackUpdate');
    const plan = await kind?.plan(kind.parse({ config: 'api' }), steps.context());
    Object.assign(ec2, { images });
    expect(plan?.dangers).toMatchObject([{ id: 'ami:endpoint:owner:666666666666', level: 'danger' }]);
  });
});

describe('a rebuild of lambdas', () => {
  it.each(['activities', 'idindexing'])(
    'of %s says on its card that it cannot be undone by a rejected review',
    async (config) => {
      const kind = stepKinds.get('stackUpdate');
      const plan = await kind?.plan(kind.parse({ config }), steps.context());
      expect(plan?.choices).toMatchObject([{ key: 'lambdas', recommended: 'yes' }]);
      expect(plan?.evidence).toContainEqual(
        expect.objectContaining({ tone: 'warn', value: expect.stringMatching(/live functions before.*does not undo/) }),
      );
    },
  );
});

describe('the AMIs of the sprint', () => {
  it('are built where they are missing and nowhere else: packer.py builds no name twice, and exits 0', async () => {
    const made = await steps.play({
      kind: 'amiCopy',
      params: { sprint: 'sprint77', machines: ['auth', 'vault', 'endpoint'], account: 'own' },
    });
    expect(made.verdict).toMatchObject({ is: 'done' });
    const played = await steps.play({
      kind: 'amiChoice',
      params: { sprint: 'sprint77' },
      operator: () => ({ is: 'chosen', option: 'build' }),
    });
    delete steps.facts.amiVersion;
    expect(played.plan.choices?.[0]?.options.find(({ id }) => id === 'build')?.detail).toMatch(
      /Builds cachemanager, activities; the others exist\.$/,
    );
    expect(played.journal.words).toContain(
      './packer.py --ami-version sprint77 production.boss cachemanager activities',
    );
    expect(played.verdict).toMatchObject({ is: 'done' });
  });
});

describe('the file of a Vault export', () => {
  it("is for the operator's eyes alone, also where the panel died while it was made", async () => {
    const played = await steps.play({ kind: 'vaultExport', dies: { when: 'beforeResult', effect: /^start$/ } });
    const { file } = played.plan.baseline as { file: string };
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
    expect(played.verdict).toMatchObject({ is: 'done' });
  });
});

describe("Vault's one port", () => {
  let taken = () => false;
  const asked: number[] = [];
  beforeAll(async () => {
    // Not by the first line of the rehearsal's scripts, which open no tunnel.
    const python = join(steps.folder, 'python3.9');
    await writeFile(python, `#!/bin/sh\nexec node "$@"\n`, { mode: 0o755 });
    Object.assign(steps.world.addresses.bosslet, { python });
    Object.assign(steps.doors.scripts, {
      isPortFree: async (port: number) => {
        asked.push(port);
        return !taken();
      },
    });
  });
  afterAll(() => {
    taken = () => false;
    Object.assign(steps.world.addresses.bosslet, { python: undefined });
  });
  const clock = () => ({ ...steps.clock, sleep: async () => {} });

  it('is left alone where another program holds it, before anything is started', async () => {
    const before = await startedScripts();
    taken = () => true;
    await expect(steps.play({ kind: 'vaultExport', clock: clock() })).rejects.toThrow(/port 3128.*ss -ltnp/);
    expect(await startedScripts()).toEqual(before);
  });

  it('is waited for while a tunnel that was closed is going', async () => {
    asked.length = 0;
    taken = () => asked.length < 4;
    const played = await steps.play({ kind: 'vaultExport', clock: clock() });
    expect(played.verdict).toMatchObject({ is: 'done' });
    expect(asked).toEqual([3128, 3128, 3128, 3128]);
  });

  it('is held by the script itself, when the panel comes back to it', async () => {
    asked.length = 0;
    taken = () => asked.length > 1;
    const played = await steps.play({ kind: 'vaultExport', dies: { when: 'beforeResult', effect: /^start$/ } });
    expect(played.verdict).toMatchObject({ is: 'done' });
    expect(asked).toEqual([3128]);
  });
});

describe('exit 0', () => {
  /** What a kind finds where the script said that all is well and the world shows nothing of it. */
  const prove = async (name: string, params: Json, baseline: Json, doors: object, acted: Partial<Acted> = {}) => {
    const kind = stepKinds.get(name);
    const told = contextOf({});
    const attempt = { ...attemptOn({ exitCode: 0, ...acted }), baseline } as Attempt;
    return kind?.prove(kind.parse(params), { ...told, read: { ...told.read, ...doors } as ReadDoors }, attempt);
  };

  it('of maintenance.py off without the zone or credentials is not believed', async () => {
    const route53 = {
      findHostedZone: async () => ({ id: 'Z' }),
      recordSet: async () => ({ values: ['d1.cloudfront.net'] }),
    };
    const baseline = { values: [], ttlSeconds: 300, target: 'elb-1.amazonaws.com', head: 'HEAD' };
    expect(await prove('maintenance', { turn: 'off' }, baseline, { aws: { route53 } })).toMatchObject({ is: 'failed' });
  });

  it('of packer.py after failed builds is not believed, and killed builds are looked for', async () => {
    const doors = { dev: { ec2: { images: async () => [] } } };
    const params = { devBosslet: 'dev.boss', machines: ['auth', 'vault'] };
    const failed = await prove('packer', params, { head: 'a'.repeat(40) }, doors);
    expect(failed).toMatchObject({ is: 'failed', summary: expect.stringMatching(/No AMI of auth, vault was built/) });
    expect(failed?.evidence.filter(({ label }) => label.endsWith('.log'))).toMatchObject([
      { label: 'auth.log', value: expect.stringMatching(/^never appeared/) },
      { label: 'vault.log', value: expect.stringMatching(/^never appeared/) },
    ]);
    const killed = await prove('packer', params, { head: 'a'.repeat(40) }, doors, {
      how: 'cancelled',
      codes: ['cancelled'],
    });
    expect(killed).toMatchObject({ is: 'notDone', summary: expect.stringMatching(/instances that packer left/) });
  });

  it('of vault-export without its file is not believed', async () => {
    expect(await prove('vaultExport', {}, { file: '/no/vault.json', head: 'HEAD' }, {})).toMatchObject({
      is: 'failed',
    });
  });
});
