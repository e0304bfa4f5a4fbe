import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, CreateChangeSetCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutOf } from '../../src/bosslet/bosslet.ts';
import { changeSetName, stackName } from '../../src/bosslet/names.ts';
import type { FaultName } from '../../src/rehearsal/faults.ts';
import { changeSetHash } from '../../src/steps/changeSetReview.ts';
import { indexFilePath } from '../../src/steps/indexFile.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { until } from '../support/until.ts';
import { type Operator, obliging, type Played, type StepWorld, startStepWorld } from './stepWorld.ts';

let steps: StepWorld;
const inWorld = (from: string, ...faults: readonly FaultName[]) => {
  beforeAll(async () => {
    steps = await startStepWorld({ from, faults });
  });
  afterAll(() => steps.end());
};

const nameOf = (config: string) => stackName(steps.world.addresses.bosslet, config);
const stackOf = (config: string) => steps.doors.aws.cloudFormation.describeStack(nameOf(config));
const changeSetsOf = (config: string) => steps.doors.aws.cloudFormation.listChangeSets(nameOf(config));
const answersTyped = async ({ scriptFolder }: Played) => (await readdir(join(scriptFolder, 'in'))).sort();
const reviewOf = ({ journal }: Played) =>
  journal.asked.map(({ asked }) => asked.question).find((question) => question.is === 'review');
const step = (kind: string, config: string) => ({ kind, params: { config } });
const update = (config: string) => step('stackUpdate', config);
const rejecting: Operator = (key, asked) =>
  asked.question.is === 'review' ? { is: 'rejected' } : obliging(key, asked);

describe('an update of core', () => {
  inWorld('core');

  it('that is rejected changes nothing and leaves no change set', async () => {
    const before = await stackOf('core');
    const played = await steps.play({ ...update('core'), operator: rejecting });
    expect(played.verdict).toMatchObject({ is: 'notDone', code: 'rejected' });
    expect(await stackOf('core')).toEqual(before);
    expect(await changeSetsOf('core')).toEqual([]);
  });

  it('is refused where what would run is not what was approved', async () => {
    const { cloudFormation } = steps.doors.aws;
    const before = await stackOf('core');
    const played = await steps.play({
      ...update('core'),
      operator: async (key, asked) => {
        if (asked.question.is !== 'review') return obliging(key, asked);
        // A colleague makes another change set under the same name before y is typed.
        const [made] = await changeSetsOf('core');
        const template = JSON.parse(await cloudFormation.getTemplate(nameOf('core'))) as { Resources: object };
        await cloudFormation.deleteChangeSet(made?.changeSetId ?? '');
        await cloudFormation.createChangeSet({
          stackName: nameOf('core'),
          changeSetName: changeSetName(steps.world.head),
          templateBody: JSON.stringify({ Resources: { ...template.Resources, Another: { Type: 'AWS::SNS::Topic' } } }),
          parameters: {},
        });
        return obliging(key, asked);
      },
    });
    expect(played.verdict).toMatchObject({ is: 'failed', code: 'refused' });
    expect((await stackOf('core'))?.lastUpdatedTimeMs).toBe(before?.lastUpdatedTimeMs);
  });

  it('is refused where a change set of the same list, and of another ARN, would run', async () => {
    const { cloudFormation } = steps.doors.aws;
    const { awsEndpoint: endpoint, credentials } = steps.world.addresses;
    const client = new CloudFormationClient({ region: 'us-east-1', endpoint, credentials });
    const before = await stackOf('core');
    const described = () => cloudFormation.describeChangeSet(nameOf('core'), changeSetName(steps.world.head));
    const hashes: string[] = [];
    const played = await steps.play({
      ...update('core'),
      operator: async (key, asked) => {
        if (asked.question.is !== 'review') return obliging(key, asked);
        const made = await described();
        const named = { StackName: nameOf('core'), ChangeSetName: made?.changeSetName };
        const { TemplateBody } = await client.send(new GetTemplateCommand(named));
        await cloudFormation.deleteChangeSet(made?.changeSetId ?? '');
        await client.send(new CreateChangeSetCommand({ ...named, TemplateBody }));
        const again = await until('its twin', async () => {
          const found = await described();
          return found?.status === 'CREATE_COMPLETE' ? found : undefined;
        });
        hashes.push(changeSetHash(made?.changes ?? []), changeSetHash(again.changes));
        expect(again.changeSetId).not.toBe(made?.changeSetId);
        return obliging(key, asked);
      },
    });
    expect(hashes[1]).toBe(hashes[0]);
    expect(played.verdict).toMatchObject({ is: 'failed', code: 'refused' });
    expect((await stackOf('core'))?.lastUpdatedTimeMs).toBe(before?.lastUpdatedTimeMs);
  });

  it('that is cancelled at its prompt is answered n', async () => {
    const before = await stackOf('core');
    let waits = false;
    const played = await steps.play({
      ...update('core'),
      operator: () => {
        waits = true;
        return undefined;
      },
      cancelled: () => waits,
    });
    expect(played.acted).toMatchObject({ how: 'cancelled', codes: ['cancelled'] });
    expect(played.verdict).toMatchObject({ is: 'notDone', code: 'cancelled' });
    expect(played.journal.withdrawn).toContain('review');
    expect(await stackOf('core')).toEqual(before);
    expect(await changeSetsOf('core')).toEqual([]);
  });

  it.each([
    ['beforeRun', /^answer\//],
    ['beforeResult', /^answer\//],
    ['beforeResult', /^prompt@/],
    ['beforeResult', /^start$/],
  ] as const)('starts once, asks once and types once over a death %s of %s', async (when, effect) => {
    const scripts = (await readdir(join(steps.folder, 'scripts'))).length;
    const played = await steps.play({ ...update('core'), operator: rejecting, dies: { when, effect } });
    expect(played.verdict).toMatchObject({ is: 'notDone', code: 'rejected' });
    expect(await answersTyped(played)).toEqual(['0001']);
    expect(played.journal.asked).toHaveLength(1);
    expect(await readdir(join(steps.folder, 'scripts'))).toHaveLength(scripts + 1);
  });

  it('does not start where the checkout moved since the card was read', async () => {
    const { head } = steps.doors.git;
    const scripts = await readdir(join(steps.folder, 'scripts'));
    let reads = 0;
    Object.assign(steps.doors.git, { head: async () => (reads++ === 0 ? head() : 'f'.repeat(40)) });
    const played = await steps.play(update('core'));
    Object.assign(steps.doors.git, { head });
    expect(played.verdict).toMatchObject({ is: 'failed', code: 'headMoved' });
    expect(await readdir(join(steps.folder, 'scripts'))).toEqual(scripts);
  });

  it('never applies other images than it was told to take', async () => {
    steps.facts.amiVersion = 'sprint99';
    const before = await stackOf('core');
    const played = await steps.play(update('core'));
    delete steps.facts.amiVersion;
    expect(played.plan.dangers.map(({ id }) => id)).toContain('ami:vault:sprint99');
    expect(played.verdict).toMatchObject({ is: 'failed', code: 'amiFellBack' });
    expect(reviewOf(played)).toBeUndefined();
    expect(await stackOf('core')).toEqual(before);
  });

  it('can be previewed, by a change set of its own, though the script indents its template beyond the limit', async () => {
    const before = await stackOf('core');
    const played = await steps.play(step('stackPreview', 'core'));
    expect(played.verdict).toMatchObject({ is: 'done' });
    expect(reviewOf(played)).toMatchObject({ mustType: [], recommended: 'approve' });
    expect(await changeSetsOf('core')).toEqual([]);
    expect(await stackOf('core')).toEqual(before);
  });

  it('is reviewed while the script waits, approved, and proven by the operation that began', async () => {
    const before = await stackOf('core');
    const played = await steps.play(update('core'));
    expect(played.verdict).toMatchObject({ is: 'done' });
    expect(played.acted).toMatchObject({ how: 'finished', exitCode: 0, codes: [] });
    expect(played.plan.commands).toEqual([
      './cloudformation.py --scenario production --ami-version latest update production.boss core',
    ]);
    expect(reviewOf(played)).toMatchObject({ mustType: [], recommended: 'approve' });
    const after = await stackOf('core');
    expect(after?.stackStatus).toBe('UPDATE_COMPLETE');
    expect(after?.lastUpdatedTimeMs).toBeGreaterThan(before?.lastUpdatedTimeMs ?? 0);
    expect(await answersTyped(played)).toEqual(['0001']);
  });

  it('of what is up to date is done, and what that leaves behind does not stop the next one', async () => {
    const empty = await steps.play(update('core'));
    expect(empty.verdict).toMatchObject({ is: 'done', summary: 'core had nothing to update.' });
    expect((await changeSetsOf('core')).map(({ status }) => status)).toContain('FAILED');
    const again = await steps.play(update('core'));
    expect(again.plan.dangers).toMatchObject([{ level: 'warn' }]);
    expect(again.journal.intended.some((key) => key.startsWith('deleteChangeSet/'))).toBe(true);
    expect(again.verdict).toMatchObject({ is: 'done' });
  });

  it('goes back to the AMIs of before the release, reviewed anew and proven by what its machines run on', async () => {
    const { ec2 } = steps.doors.aws;
    const images = async () =>
      (await ec2.instances(['vault.production.boss', 'auth.production.boss']))
        .filter(({ state }) => state === 'running')
        .map(({ imageId }) => imageId);
    const deployed = await ec2.images(['vault.boss-h7a6e3a1f', 'auth.boss-h7a6e3a1f']);
    const now = await images();
    expect(now).not.toContain(deployed[0]?.imageId);
    const played = await steps.play({ kind: 'stackUpdate', params: { config: 'core', amis: 'before' } });
    expect(played.plan.commands).toEqual([
      './cloudformation.py --scenario production --ami-version h7a6e3a1f update production.boss core',
    ]);
    expect(reviewOf(played)).toMatchObject({ recommended: 'approve' });
    // A review says which update it is of.
    expect(played.journal.asked.find(({ key }) => key === 'review')?.asked.title).toBe('A step');
    expect(played.verdict).toMatchObject({ is: 'done' });
    expect(played.verdict.evidence.filter(({ value }) => value.startsWith('runs on'))).toHaveLength(now.length);
    expect(new Set(await images())).toEqual(new Set(deployed.map(({ imageId }) => imageId)));
    // What it goes back to stays what it was before the release, not what it was before it went back.
    const again = await steps.play({ kind: 'stackUpdate', params: { config: 'core', amis: 'before' } });
    expect(again.verdict).toMatchObject({ is: 'done', summary: 'core had nothing to update.' });
  });
});

describe('a stack that the release has not updated', () => {
  inWorld('api');

  it('has nothing to go back to, and says so before anything is started', async () => {
    const back = steps.play({ kind: 'stackUpdate', params: { config: 'api', amis: 'before' } });
    await expect(back).rejects.toThrow(/Nothing is remembered of the AMIs that api ran on/);
  });

  it('reads all its images in one call a plan', async () => {
    const { ec2 } = steps.doors.aws;
    const { images } = ec2;
    const asked: (readonly string[])[] = [];
    Object.assign(ec2, {
      images: (names: readonly string[]) => {
        asked.push(names);
        return images(names);
      },
    });
    const choice = stepKinds.get('amiChoice');
    await choice?.plan(choice.parse({ sprint: 'sprint42' }), steps.context());
    const kind = stepKinds.get('stackUpdate');
    await kind?.plan(kind.parse({ config: 'api' }), steps.context());
    Object.assign(ec2, { images });
    expect(asked).toEqual([expect.arrayContaining(['vault.boss-h*', 'auth.boss-sprint42']), ['endpoint.boss-*']]);
  });
});

describe('api with an edit that would replace a table', () => {
  inWorld('api', 'danger-change');

  it('is recommended to be rejected already in its preview, which leaves no template with a password', async () => {
    const played = await steps.play({ ...step('stackPreview', 'api'), operator: rejecting });
    expect(reviewOf(played)?.recommended).toBe('reject');
    expect(played.verdict).toMatchObject({ is: 'notDone', code: 'rejected' });
    expect(await changeSetsOf('api')).toEqual([]);
    const bossManage = checkoutOf(steps.world.addresses.bosslet);
    expect(await readdir(join(bossManage, 'cloud_formation', 'templates'))).toEqual([]);
  });

  it('is refused unless the logical id of the danger was typed', async () => {
    const before = await stackOf('api');
    const played = await steps.play({
      ...update('api'),
      operator: (_key, { question }) =>
        question.is === 'review' ? { is: 'approved', hash: question.hash, typed: [] } : undefined,
    });
    expect(reviewOf(played)).toMatchObject({ mustType: [expect.any(String)], recommended: 'reject' });
    expect(played.verdict).toMatchObject({ is: 'failed', code: 'refused' });
    expect(await stackOf('api')).toEqual(before);
  });
});

describe('a lambda of cachedb that is not there yet', () => {
  inWorld('cachedb', 'function-not-found');

  it('fails the update, though the script exits 0 and the stack is complete', async () => {
    const played = await steps.play(update('cachedb'));
    expect(played.plan.choices?.map(({ key, recommended }) => [key, recommended])).toEqual([['lambdas', 'yes']]);
    expect(played.acted.exitCode).toBe(0);
    expect((await stackOf('cachedb'))?.stackStatus).toBe('UPDATE_COMPLETE');
    expect(played.verdict).toMatchObject({ is: 'failed', code: 'functionNotFound' });
    expect(played.journal.asked.map(({ key }) => key)).toEqual(['lambdas', 'review']);
  });
});

describe('redis, whose size cannot be changed in place', () => {
  inWorld('redis', 'redis-size');

  it('fails its update with the cause, after the rollback has ended', async () => {
    const failed = await steps.play(update('redis'));
    expect(failed.verdict).toMatchObject({ is: 'failed', code: 'updateFailed' });
    expect(failed.verdict.summary).toMatch(/rolled the stack back/);
    const causes = failed.verdict.evidence.filter(({ label }) => label === 'Cause');
    // And not CacheState, which was only cancelled with it.
    expect(causes.map(({ value }) => value)).toEqual([expect.stringMatching(/^Cache \(/)]);
    expect((await stackOf('redis'))?.stackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  it('is not created where it exists, and not cleared away as a failed create', async () => {
    const refused = await steps.play(step('stackCreate', 'redis'));
    expect(refused.verdict).toMatchObject({ is: 'failed', code: 'refused' });
    const kept = await steps.play({ kind: 'stackDelete', params: { config: 'redis', onlyFailedCreate: true } });
    expect(kept.verdict).toMatchObject({ is: 'failed', code: 'refused' });
    expect(await stackOf('redis')).toBeDefined();
  });

  it('is offered a snapshot first, which is begun once over a death, waited for, and told beside the delete', async () => {
    const without = await steps.play({
      kind: 'cacheSnapshot',
      operator: () => ({ is: 'chosen', option: 'without' }),
    });
    expect(without.plan.evidence).toMatchObject([
      { label: 'Cache', value: 'there is no snapshot of it' },
      { label: 'CacheState' },
    ]);
    expect(without.verdict).toMatchObject({ is: 'done', summary: 'No snapshot was taken, as was chosen.' });
    expect(without.journal.intended).toEqual([]);

    const taken = await steps.play({
      kind: 'cacheSnapshot',
      dies: { when: 'beforeResult', effect: /^snapshot\// },
    });
    expect(taken.journal.asked[0]?.asked.question).toMatchObject({ recommended: 'take' });
    expect(taken.verdict.evidence.map(({ value }) => value)).toEqual(['available', 'available']);
    const [group] = (taken.plan.baseline as { groups: { id: string }[] }).groups;
    expect(await steps.doors.aws.elastiCache.snapshots(group?.id ?? '')).toHaveLength(1);
  });

  it('is deleted, with what is lost said before, and created as a new stack', async () => {
    const old = await stackOf('redis');
    const deleted = await steps.play(step('stackDelete', 'redis'));
    expect(deleted.plan.dangers.map(({ id }) => id)).toContain('delete:AWS::ElastiCache::ReplicationGroup:Cache');
    expect(deleted.plan.dangers.map(({ text }) => text).join()).toMatch(
      /Cache \(AWS::\S+\) is deleted with what it holds; its last snapshot is boss-tui-\S+, \S+ old/,
    );
    expect(deleted.plan.evidence.filter(({ label }) => label.startsWith('Queue '))).toEqual([
      { label: 'Queue DeadletterProductionBoss', value: '2 messages: flushes that failed', tone: 'warn' },
      { label: 'Queue IndexdeadletterProductionBoss', value: 'empty', tone: 'ok' },
      {
        label: 'Queue S3flushProductionBoss',
        value: '4 messages: cuboids on their way from the cache to S3',
        tone: 'warn',
      },
    ]);
    expect(deleted.verdict).toMatchObject({ is: 'done' });
    const again = await steps.play(step('stackDelete', 'redis'));
    expect(again.plan.alreadyDone).toBe(true);
    expect(again.verdict).toMatchObject({ is: 'done' });

    const missing = await steps.play(update('redis'));
    expect(missing.plan.dangers.map(({ id }) => id)).toContain('missing:RedisProductionBoss');
    expect(missing.verdict).toMatchObject({ is: 'failed', code: 'notFound' });

    const created = await steps.play(step('stackCreate', 'redis'));
    expect(created.verdict).toMatchObject({ is: 'done' });
    const now = await stackOf('redis');
    expect(now?.stackStatus).toBe('CREATE_COMPLETE');
    expect(now?.stackId).not.toBe(old?.stackId);
  });
});

describe('api with an index of its tile index renamed, which DynamoDB takes only in two updates', () => {
  inWorld('api');

  it('fails its preview with the rule, and is cured by the two updates of the fallback', async () => {
    const file = indexFilePath(steps.world.addresses.bosslet);
    const text = (await readFile(file, 'utf8')).replaceAll(/("IndexName": ")([^"]+)"/g, '$1$2-anew"');
    await writeFile(file, text);
    const preview = await steps.play(step('stackPreview', 'api'));
    expect(preview.verdict).toMatchObject({ is: 'failed', code: 'twoIndexChanges' });
    expect(preview.journal.asked).toEqual([]);
    // What a script printed that did as it was told says nothing of the rule.
    expect(preview.verdict.evidence.map(({ label }) => label)).toEqual(['Script']);

    // An edit that is none, and the next try: what is put back is what was there before the first.
    const none = await steps.play({
      kind: 'indexFile',
      params: { turn: 'edit' },
      operator: async () => {
        await writeFile(file, `${text}\n\n`);
        return { is: 'chosen', option: 'saved' };
      },
    });
    expect(none.verdict).toMatchObject({ is: 'notDone' });
    const edit = await steps.play({
      kind: 'indexFile',
      params: { turn: 'edit' },
      operator: async (_key, { question }) => {
        // The way that a panel opens an editor for.
        const way = question.is === 'choose' ? question.options.find(({ edits }) => edits === file) : undefined;
        await writeFile(file, JSON.stringify({ ...JSON.parse(text), GlobalSecondaryIndexes: undefined }));
        return { is: 'chosen', option: way?.id ?? 'none' };
      },
    });
    expect(edit.verdict).toMatchObject({ is: 'done' });
    expect(edit.journal.decisions).toMatchObject({ edited: { is: 'chosen', option: 'edit' } });
    expect((await steps.play(update('api'))).verdict).toMatchObject({ is: 'done' });
    expect((await steps.play({ kind: 'tableIndexes' })).verdict).toMatchObject({ is: 'done' });

    expect((await steps.play({ kind: 'indexFile', params: { turn: 'putBack' } })).verdict).toMatchObject({
      is: 'done',
    });
    expect(await readFile(file, 'utf8')).toBe(text);
    expect((await steps.play(step('stackPreview', 'api'))).verdict).toMatchObject({ is: 'done' });
    expect((await steps.play(update('api'))).verdict).toMatchObject({ is: 'done' });
    const active = await steps.play({ kind: 'tableIndexes' });
    expect(active.verdict).toMatchObject({ is: 'done' });
    expect(active.verdict.evidence.some(({ label }) => label.endsWith('-anew'))).toBe(true);
  });
});
