import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutOf } from '../../src/bosslet/bosslet.ts';
import { topicArn } from '../../src/bosslet/names.ts';
import { preflight } from '../../src/steps/preflight.ts';
import { deploymentChecks } from '../../src/steps/preflightDeployment.ts';
import { obliging, type StepWorld, startStepWorld } from './stepWorld.ts';

let steps: StepWorld;
const bosslet = () => steps.world.addresses.bosslet;

describe('a release from its beginning', () => {
  beforeAll(async () => {
    steps = await startStepWorld();
  });
  afterAll(() => steps.end());

  it('passes the preflight of a sound deployment', async () => {
    const findings = await preflight(steps.context());
    expect(findings.filter(({ level }) => level === 'stop')).toEqual([]);
    for (const title of ['Account', 'Credentials', 'Mailing list', 'Stacks', 'Vault', 'Caches', 'Scripts', 'Checkout'])
      expect(
        findings.filter((each) => each.title === title).map(({ level }) => level),
        title,
      ).toContain('ok');
  });

  it('is stopped by the preflight where something is missing, with a cure for each', async () => {
    const { scenario: _none, ...rest } = bosslet();
    const other = { ...rest, accountId: '999999999999', operator: 'nobody@example.org', bossManage: '/nowhere' };
    const findings = await preflight({ ...steps.context(), bosslet: other });
    const stops = findings.filter(({ level }) => level === 'stop');
    expect(new Set(stops.map(({ title }) => title))).toEqual(
      new Set(['Account', 'Scenario', 'Mailing list', 'Checkout']),
    );
    expect(stops.filter(({ detail }) => detail.includes('/nowhere'))).toEqual([
      expect.objectContaining({ title: 'Checkout', detail: expect.stringMatching(/no folder bin/) }),
    ]);
    expect(stops.every(({ cure }) => cure !== undefined && cure.length > 0)).toBe(true);
  });

  it('turns maintenance on by the script and proves it by the record', async () => {
    const on = { kind: 'maintenance', params: { turn: 'on' } };
    const played = await steps.play(on);
    expect(played.plan.alreadyDone).toBe(false);
    expect(played.verdict).toMatchObject({ is: 'done', summary: expect.stringMatching(/cloudfront\.net/) });
    const again = await steps.play(on);
    expect(again.plan.alreadyDone).toBe(true);
    expect(again.verdict).toMatchObject({ is: 'done' });
  });

  it('waits until the maintenance page is served', async () => {
    const played = await steps.play({ kind: 'pageServed', params: { page: 'maintenance' } });
    expect(played.verdict).toMatchObject({ is: 'done' });
  });

  it('exports Vault into a file of its own, and writes down nothing of it but size and hash', async () => {
    const played = await steps.play({ kind: 'vaultExport' });
    expect(played.verdict).toMatchObject({ is: 'done' });
    // Nothing lay there, so nothing was removed.
    expect(played.journal.words.filter((words) => words.startsWith('removes'))).toEqual([]);
    const { file, bytes } = steps.facts.vaultExport as { file: string; bytes: number };
    const [entry, folder] = [await stat(file), await stat(join(file, '..'))];
    expect([entry.mode & 0o777, folder.mode & 0o777, entry.size]).toEqual([0o600, 0o700, bytes]);
    const secrets = Object.values(JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, string>>)
      .flatMap((entry) => Object.values(entry))
      .filter((value) => typeof value === 'string' && /\d/.test(value) && value.length > 10);
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(JSON.stringify(played)).not.toContain(secret);
  });

  it('shreds that file where the operator wants it, and only then', async () => {
    const { file } = steps.facts.vaultExport as { file: string };
    const moved = await steps.play({ kind: 'vaultFile', operator: () => ({ is: 'chosen', option: 'moved' }) });
    expect(moved.verdict).toMatchObject({ is: 'notDone' });
    const kept = await steps.play({
      kind: 'vaultFile',
      operator: () => ({ is: 'chosen', option: 'keep', note: 'safe' }),
    });
    expect(kept.verdict).toMatchObject({ is: 'done' });
    const shredded = await steps.play({ kind: 'vaultFile', operator: () => ({ is: 'chosen', option: 'shred' }) });
    expect(shredded.verdict).toMatchObject({ is: 'done' });
    await expect(stat(file)).rejects.toThrow(/ENOENT/);
    expect((await steps.play({ kind: 'vaultFile' })).plan.alreadyDone).toBe(true);
  });

  it('shows the password beside a question and stores it nowhere', async () => {
    const played = await steps.play({ kind: 'password', params: { path: 'secret/auth/realm' } });
    expect(played.verdict).toMatchObject({ is: 'done' });
    const [secret] = played.revealed;
    expect(secret?.length).toBeGreaterThan(5);
    const { revealed: _shown, ...written } = played;
    expect(JSON.stringify(written)).not.toContain(secret?.reveal());
    expect(await readdir(join(steps.folder, 'scripts'))).not.toContain(played.scriptFolder.split('/').at(-1));
    const missing = await steps.play({ kind: 'password', params: { path: 'secret/nothing' } });
    expect(missing.verdict).toMatchObject({ is: 'failed', code: 'notFound' });
  });

  it('takes the password off the screen after a while, and shows it again where that is wanted', async () => {
    const played = await steps.play({
      kind: 'password',
      params: { path: 'secret/auth/realm' },
      operator: (key, asked) =>
        key === 'shown/1' ? undefined : key === 'again/1' ? { is: 'chosen', option: 'again' } : obliging(key, asked),
      // A minute that is a tick of the clock.
      clock: { ...steps.clock, limit: () => 0 },
    });
    expect(played.journal.withdrawn[0]).toBe('shown/1');
    expect(played.revealed.length).toBeGreaterThan(1);
    expect(played.verdict).toMatchObject({ is: 'done' });
  });

  it('sees that Vault works by its having a password', async () => {
    const played = await steps.play({ kind: 'vaultRead', params: { path: 'secret/auth/realm' } });
    expect(played.verdict).toMatchObject({ is: 'done' });
    expect(JSON.stringify(played)).not.toMatch(/'password'/);
  });

  it('takes the latest AMIs, or copies them to the label with their tags', async () => {
    const choose = (option: string) =>
      steps.play({
        kind: 'amiChoice',
        params: { sprint: 'sprint42' },
        operator: () => ({ is: 'chosen', option }),
      });
    const early = await choose('exists');
    expect(early.verdict).toMatchObject({ is: 'notDone', code: 'notFound' });
    const labelled = (plan: typeof early.plan) => plan.choices?.[0]?.options.find(({ id }) => id === 'exists')?.detail;
    expect(labelled(early.plan)).toBe('None exists: this cannot be used now.');
    expect((await choose('latest')).verdict).toMatchObject({ is: 'done' });
    expect(steps.facts.amiVersion).toBe('latest');
    const copied = await choose('copy');
    expect(copied.verdict).toMatchObject({ is: 'done' });
    expect(copied.journal.intended.filter((key) => key.startsWith('copy/'))).toHaveLength(5);
    expect(steps.facts.amiVersion).toBe('sprint42');
    const [image] = await steps.doors.aws.ec2.images(['vault.boss-sprint42']);
    const [latest] = await steps.doors.aws.ec2.images(['vault.boss-h*']);
    expect(image?.tags.Commit).toBe(latest?.tags.Commit);
    const late = await choose('exists');
    expect(late.verdict).toMatchObject({ is: 'done' });
    expect(labelled(late.plan)).toBe('All 5 exist.');
  });

  it('labels nothing twice', async () => {
    const params = { sprint: 'sprint42', machines: ['vault', 'auth'], account: 'own' };
    const played = await steps.play({ kind: 'amiCopy', params });
    expect(played.plan.alreadyDone).toBe(true);
    expect(played.verdict).toMatchObject({ is: 'done' });
  });

  it('exports IAM of the dev account and puts back what was there where the review is rejected', async () => {
    const file = join(checkoutOf(bosslet()), 'config', 'iam', 'policies.json');
    const local = `${await readFile(file, 'utf8')}\n`;
    // Not committed, and still the operator's own.
    await writeFile(file, local);
    // A second try keeps what was there before the first.
    for (let time = 1; time <= 2; time += 1) {
      const exported = await steps.play({ kind: 'iamExport', params: { devBosslet: 'dev.boss' } });
      expect(exported.verdict).toMatchObject({ is: 'done' });
      expect(await readFile(file, 'utf8')).not.toBe(local);
    }
    const rejected = await steps.play({ kind: 'iamReview', operator: () => ({ is: 'chosen', option: 'putBack' }) });
    expect(rejected.verdict).toMatchObject({ is: 'notDone', code: 'rejected' });
    expect(rejected.verdict.summary).toMatch(/with the changes that were not committed then/);
    expect(await readFile(file, 'utf8')).toBe(local);
    await steps.play({ kind: 'iamExport', params: { devBosslet: 'dev.boss' } });
    const taken = await steps.play({ kind: 'iamReview', operator: () => ({ is: 'chosen', option: 'take' }) });
    expect(taken.verdict).toMatchObject({ is: 'done' });
    expect(steps.facts.iamBefore).toBeNull();
  });

  it('exports again with other names, shows the edit first, and puts everything back, the names too', async () => {
    const checkout = checkoutOf(bosslet());
    const iam = ['groups', 'roles', 'policies', 'names'].map((type) => `config/iam/${type}.json`);
    await steps.doors.git.restore(iam);
    await steps.play({ kind: 'iamExport', params: { devBosslet: 'dev.boss' } });
    const review = await steps.play({ kind: 'iamReview', operator: () => ({ is: 'chosen', option: 'names' }) });
    expect(review.verdict).toMatchObject({ is: 'notDone', code: 'exportAgain' });

    const names = join(checkout, 'config', 'iam', 'names.json');
    const before = await readFile(names, 'utf8');
    const edits = ['no JSON', before.replace('"cuboidBucketPolicy"', '"noSuchPolicy"')];
    const edited = await steps.play({
      kind: 'iamNames',
      dies: { when: 'beforeResult', effect: /^own$/ },
      operator: async (_key, { question }) => {
        const text = edits.shift();
        if (text !== undefined) await writeFile(names, text);
        return { is: 'chosen', option: question.is === 'choose' && text === undefined ? question.recommended : 'edit' };
      },
    });
    expect(edited.verdict).toMatchObject({ is: 'done' });
    const asked = edited.journal.asked.map(({ asked: { text, question } }) => ({
      text: text.join('\n'),
      ways: question.is === 'choose' ? question.options.map(({ id }) => id) : [],
    }));
    expect(asked.map(({ ways }) => ways)).toEqual([
      ['edit', 'putBack'],
      ['edit', 'putBack'],
      ['export', 'edit', 'putBack'],
    ]);
    expect(asked[1]?.text).toMatch(/^DANGER config\/iam\/names.json cannot be used: it is not JSON/);
    expect(asked[2]?.text).toMatch(
      /^--- config\/iam\/names.json: \+1 -1\n@@.*-.*"cuboidBucketPolicy"\n\+.*"noSuchPolicy"/s,
    );

    await steps.play({ kind: 'iamExport', params: { devBosslet: 'dev.boss', again: true } });
    expect(await readFile(join(checkout, 'config', 'iam', 'policies.json'), 'utf8')).not.toContain(
      'cuboidBucketPolicy',
    );
    const rejected = await steps.play({
      kind: 'iamReview',
      dies: { when: 'beforeResult', effect: /^putBack$/ },
      operator: () => ({ is: 'chosen', option: 'putBack' }),
    });
    expect(rejected.verdict).toMatchObject({ is: 'notDone', code: 'rejected' });
    expect(rejected.verdict.summary).toMatch(/their git diff is empty/);
    expect(await steps.doors.git.diff(iam)).toBe('');
  });
  it('says where a file could not be put back', async () => {
    const { restore } = steps.doors.git;
    await writeFile(join(checkoutOf(bosslet()), 'config', 'iam', 'groups.json'), '[]\n');
    const { iamBefore } = steps.facts;
    delete steps.facts.iamBefore;
    Object.assign(steps.doors.git, { restore: async () => {} });
    const played = await steps.play({ kind: 'iamReview', operator: () => ({ is: 'chosen', option: 'putBack' }) });
    Object.assign(steps.doors.git, { restore });
    if (iamBefore !== undefined) steps.facts.iamBefore = iamBefore;
    expect(played.verdict).toMatchObject({ is: 'failed', summary: expect.stringMatching(/groups.json could not be/) });
  });
  it('recommends to put back files that were emptied', async () => {
    await writeFile(join(checkoutOf(bosslet()), 'config', 'iam', 'groups.json'), '[]\n');
    const played = await steps.play({ kind: 'iamReview' });
    expect(played.plan.dangers).toMatchObject([{ id: 'emptied:groups', level: 'danger' }]);
    expect(played.journal.asked[0]?.asked.question).toMatchObject({ recommended: 'putBack' });
  });

  it('keeps the result and the note of what a person does', async () => {
    const play = (option: string) =>
      steps.play({
        kind: 'manual',
        params: { text: ['Look.'], shows: 'loadBalancer' },
        operator: () => ({ is: 'chosen', option, note: 'because' }),
      });
    const done = await play('done');
    expect(done.plan.evidence.map(({ label }) => label)).toContain('Load balancer');
    expect(done.verdict).toMatchObject({ is: 'done' });
    const skipped = { is: 'done', skipped: true, evidence: [{ value: 'because' }] };
    expect((await play('skipped')).verdict).toMatchObject(skipped);
    expect((await play('failed')).verdict).toMatchObject({ is: 'failed' });
  });

  it('disables the rule that deletes data', async () => {
    const played = await steps.play({ kind: 'ruleDisabled' });
    expect(played.verdict).toMatchObject({ is: 'done' });
    const rule = await steps.doors.aws.eventBridge.describeRule('deleteEventRule.production.boss');
    expect(rule?.state).toBe('DISABLED');
  });
});

describe('the mailing list', () => {
  const list = () => topicArn(bosslet());
  const attributes = () => steps.world.aws.subscriptions(list()).map(({ arn: _arn, ...each }) => each);

  describe('that is muted', () => {
    beforeAll(async () => {
      steps = await startStepWorld({ from: 'silence' });
    });
    afterAll(() => steps.end());

    it('keeps everybody, tells nobody but the operator, each once over a death, and comes back as it was', async () => {
      const before = attributes();
      const silenced = await steps.play({ kind: 'listSilence', dies: { when: 'beforeResult', effect: /^mute\/.*/ } });
      expect(silenced.plan.choices?.[0]).toMatchObject({ key: 'way', recommended: 'mute' });
      expect(silenced.verdict).toMatchObject({ is: 'done', summary: 'Only you are told.' });
      expect(attributes()).toHaveLength(before.length);
      const mutes = silenced.journal.intended.filter((key) => key.startsWith('mute/'));
      expect(new Set(mutes).size).toBe(mutes.length);
      expect(mutes).toHaveLength(before.filter(({ confirmed }) => confirmed).length - 1);
      // Whoever starts without this release's record is told that the list is muted, and by whom.
      const stranger = { ...steps.context(), release: { ...steps.context().release, id: '' } };
      const found = await deploymentChecks(stranger)
        .find(({ title }) => title === 'Mailing list')
        ?.run();
      expect(found).toContainEqual(
        expect.objectContaining({ level: 'warn', detail: expect.stringMatching(/muted by the release r1/) }),
      );

      const restored = await steps.play({ kind: 'listRestore' });
      expect(restored.verdict).toMatchObject({ is: 'done' });
      // SNS shows the default scope once a policy was set, and an empty policy where one was taken away.
      const plain = (all: ReturnType<typeof attributes>) =>
        all.map(
          ({
            attributes: { FilterPolicy = '{}', FilterPolicyScope = 'MessageAttributes', ...rest } = {},
            ...each
          }) => ({
            ...each,
            attributes: { FilterPolicy, FilterPolicyScope, ...rest },
          }),
        );
      expect(plain(attributes())).toEqual(plain(before));
      const again = await steps.play({ kind: 'listRestore' });
      expect([again.plan.baseline, again.journal.intended]).toMatchObject([{ repairs: 0 }, []]);
      expect(steps.world.aws.messages(list())).toEqual([]);

      const told = await steps.play({
        kind: 'listRestore',
        operator: (key, asked) => (key === 'test' ? { is: 'chosen', option: 'send' } : obliging(key, asked)),
        dies: { when: 'beforeResult', effect: /^test$/ },
      });
      expect(told.verdict.evidence).toMatchObject([
        { label: 'Test message', value: expect.stringMatching(/not sent twice/) },
      ]);
      const [message, ...more] = steps.world.aws.messages(list());
      expect(more).toEqual([]);
      const reached = attributes().filter((each) => each.confirmed && !each.attributes?.FilterPolicy);
      expect(message?.endpoints).toEqual(reached.map(({ endpoint }) => endpoint));
    });

    it('is not touched where the operator would not be kept', async () => {
      const before = attributes();
      Object.assign(bosslet(), { operator: 'nobody@example.org' });
      await expect(steps.play({ kind: 'listSilence' })).rejects.toThrow(/subscribe yourself first/);
      expect(attributes()).toEqual(before);
    });
  });

  describe('that cannot be muted, and is removed', () => {
    beforeAll(async () => {
      steps = await startStepWorld({ from: 'silence', faults: ['pending-email'] });
    });
    afterAll(() => steps.end());

    it('goes on by removing where the limit is learned, and keeps its first snapshot over a second try', async () => {
      const before = attributes();
      const stopped = await steps.play({
        kind: 'listSilence',
        operator: (key, asked) => (key === 'limit' ? { is: 'chosen', option: 'stop' } : obliging(key, asked)),
      });
      expect(stopped.verdict).toMatchObject({ is: 'notDone' });
      const silenced = await steps.play({ kind: 'listSilence' });
      expect(silenced.journal.asked.map(({ key }) => key)).toEqual(['way', 'limit']);
      expect(silenced.verdict).toMatchObject({ is: 'done' });
      expect(attributes().length).toBeLessThan(before.length);
      const [first, second] = [stopped.journal.effects.snapshot, steps.facts.listSnapshot];
      expect(second).toEqual(first);
    });

    it('comes back as it was but for who must confirm again, each named with the time that is left', async () => {
      const restored = await steps.play({
        kind: 'listRestore',
        operator: (key, asked) => (key === 'pending/1' ? { is: 'chosen', option: 'resend' } : obliging(key, asked)),
      });
      const resent = restored.journal.intended.filter((key) => key.startsWith('resend/1/'));
      const first = restored.journal.asked.find(({ key }) => key === 'pending/1');
      expect(resent.map((key) => key.replace('resend/1/', ''))).toEqual(
        first?.asked.evidence?.map(({ label }) => label),
      );
      expect(restored.verdict).toMatchObject({ is: 'done', summary: expect.stringMatching(/must still confirm/) });
      const { asked } = restored.journal.asked.at(-1) ?? {};
      expect(asked?.evidence?.length).toBeGreaterThan(0);
      expect(asked?.evidence?.every(({ value }) => / left$/.test(value))).toBe(true);
      expect(asked?.question).toMatchObject({ recommended: 'finish' });
      const waiting = attributes().filter(({ confirmed }) => !confirmed);
      expect(waiting.length).toBeGreaterThan(0);
    });
  });
});
