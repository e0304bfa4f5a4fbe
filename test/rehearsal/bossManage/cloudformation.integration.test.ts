import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { openScripts, type Scripts, type TerminalRun } from './scripts.ts';

const SPACES = ' '.repeat(200);
/** What the terminal's driver makes of the script's newlines, undone; the width's spaces made readable. */
const readable = (run: TerminalRun) => run.output().replaceAll('\r\n', '\n').replaceAll(SPACES, '<spaces>');

let scripts: Scripts;
/** Each test of a group has a world of its own, … */
const ownWorlds = () => afterEach(() => scripts.close());
/** … or all have one, in which none leaves anything that the next would find. */
const oneWorld = (options: Parameters<typeof openScripts>[0]) => {
  beforeAll(async () => {
    scripts = await openScripts(options);
  });
  afterAll(() => scripts.close());
};

const start = (...args: string[]) => scripts.start('cloudformation.py', args);
const update = (...configs: string[]) => start('update', 'production.boss', ...configs);
const apply = 'Apply Update? [y/N]: ';
const progressOf = (config: string) =>
  readFile(join(scripts.checkout, 'cloud_formation/configs/migrations', config, 'progress'), 'utf8');

describe('an update', () => {
  ownWorlds();

  test('shows its change set in a table and prompts; a refused size ends with exit 2 while it rolls back', async () => {
    scripts = await openScripts({ faults: ['redis-size'], configs: ['core', 'redis'], speed: 30 });
    const run = update('redis');
    await run.sees(apply);
    const shown = (logicalId: string) => {
      const id = new RegExp(`RedisProductionBoss-${logicalId}-\\w+`).exec(run.output())?.[0] ?? '';
      return `Modify    ${logicalId.padEnd(30)}${id.padEnd(50)}AWS::ElastiCache::ReplicationGroup           False         Properties`;
    };
    const upToTheQuestion = [
      'Execution Order:\n\tredis\n\n',
      '\r<spaces>\rWorking on redis\n',
      '- Working on redis\r<spaces>\rAction    Logical ID                    Physical ID                                       Resource Type                                Replacement   Scope\n',
      `\\ Working on redis\r<spaces>\r${shown('Cache')}\n`,
      `/ Working on redis\r<spaces>\r${shown('CacheState')}\n`,
      '\\ Working on redis\r<spaces>\rApply Update? [y/N]: ',
    ].join('');
    expect(readable(run)).toBe(upToTheQuestion);
    expect(await scripts.changeSets('redis')).toEqual({ [`h${scripts.head}`]: 'CREATE_COMPLETE' });

    run.type('y\r');
    await scripts.holdAt('redis', 'UPDATE_ROLLBACK_IN_PROGRESS');
    expect(await run.exit).toEqual({ code: 2, signal: 0 });
    expect(readable(run).slice(upToTheQuestion.length)).toMatch(
      /^y\nWaiting for update \.+ done\n\nBoss Manage Error: Status of stack 'RedisProductionBoss' is 'UPDATE_ROLLBACK_IN_PROGRESS'\n\tCacheState: Resource update cancelled\n\tCache: .+\n\x1b\[0m$/,
    );

    const meanwhile = update('redis');
    expect((await meanwhile.exit).code).toBe(2);
    expect(readable(meanwhile)).toBe(
      "\x1b[33m WARN: Config 'redis' is in progress\x1b[0m\n\nBoss Manage Error: Problems with existing stacks\n\x1b[0m",
    );
  });

  test('deletes and creates without a prompt', async () => {
    scripts = await openScripts({ configs: ['core', 'redis'] });
    const remove = start('delete', 'production.boss', 'redis');
    expect((await remove.exit).code).toBe(0);
    expect(readable(remove)).toMatch(/Waiting for delete \.+ done\n\x1b\[0m$/);
    const create = start('--scenario', 'production', 'create', 'production.boss', 'redis');
    expect((await create.exit).code).toBe(0);
    expect(readable(create)).toMatch(
      /Waiting for create \.+ done\n[^\n]*Created stack 'RedisProductionBoss'\n\x1b\[0m$/,
    );
    expect(scripts.status('redis')).toBe('CREATE_COMPLETE');
  });

  test('without changes leaves its change set and its progress file, and the next one dies of them', async () => {
    scripts = await openScripts({ configs: ['core', 'redis'] });
    const first = update('redis');
    expect((await first.exit).code).toBe(0);
    expect(readable(first)).toContain('\x1b[34m\x1b[1m INFO: No changes detected, nothing to update\x1b[0m\n');
    expect(await scripts.changeSets('redis')).toEqual({ [`h${scripts.head}`]: 'FAILED' });
    expect(await progressOf('redis')).toBe('1');

    const second = update('redis');
    expect((await second.exit).code).toBe(1);
    expect(second.output()).toMatch(
      /AlreadyExistsException.* when calling the CreateChangeSet operation: .*already exists/,
    );
  });

  test('of core waits for vault when the stack is complete', async () => {
    scripts = await openScripts({ configs: ['core'] });
    const run = update('core');
    await run.sees(apply);
    run.type('y\r');
    expect((await run.exit).code).toBe(0);
    const lines = readable(run)
      .split('\n')
      .map((line) => line.split('\r').at(-1));
    expect(lines.slice(-4)).toEqual([
      "Updated stack 'CoreProductionBoss'",
      'Waiting for Vault...',
      'Stack should be ready for use',
      '\x1b[0m',
    ]);
    expect(scripts.status('core')).toBe('UPDATE_COMPLETE');
    await expect(progressOf('core')).rejects.toThrow('ENOENT');
  });

  test('of a stack that does not exist, and of dynamolambda, does nothing and ends with exit 0', async () => {
    scripts = await openScripts({ configs: ['core', 'dynamolambda'] });
    const missing = update('redis');
    expect((await missing.exit).code).toBe(0);
    expect(missing.output()).toContain("DEBUG: Not executing update on redis as it doesn't exist");
    const without = update('dynamolambda');
    expect((await without.exit).code).toBe(0);
    expect(without.output()).toContain("Configuration 'dynamolambda' doesn't implement function 'update', skipping");
  });

  test('falls back to the latest image with a line that says so', async () => {
    scripts = await openScripts({ configs: ['core', 'redis', 'api', 'cachedb', 'activities'] });
    const run = start('--ami-version', 'sprint42', 'update', 'production.boss', 'activities');
    await run.sees('Build multilambda [Y/n]: ');
    run.type('n\r');
    await run.sees(apply);
    expect(run.output()).toContain("Could not locate AMI 'activities.boss-sprint42', trying to find the latest ");
    run.type('\r');
    expect((await run.exit).code).toBe(2);
  });

  test('core at stack version 1 asks once more before it recreates the Vault cluster', async () => {
    scripts = await openScripts({ configs: ['core'], coreVersion: 1 });
    const run = update('core');
    await run.sees(apply);
    run.type('y\r');
    await run.sees('This updated will recreate the Vault cluster, proceed? [y/N]: ');
    run.type('n\r');
    expect((await run.exit).code).toBe(2);
    expect(scripts.status('core')).toBe('CREATE_COMPLETE');
  });

  test('Ctrl-C while it waits stops the watching, not the update', async () => {
    scripts = await openScripts({ configs: ['core'], speed: 100 });
    const run = update('core');
    await run.sees(apply);
    run.type('y\r');
    await run.sees('Waiting for update ..');
    await scripts.holdAt('core', 'UPDATE_IN_PROGRESS');
    run.type('\x03');
    expect((await run.exit).code).toBe(130);
    scripts.goOn();
    await until('the update', () => scripts.status('core') === 'UPDATE_COMPLETE');
  });
});

describe('at a prompt', () => {
  oneWorld({ configs: ['core', 'redis', 'api', 'cachedb'] });

  test.each([
    ['n', 'n\r', 2],
    ['Enter', '\r', 2],
    ['Ctrl-C', '\x03', 130],
  ])('%s deletes the change set', async (_name, typed, code) => {
    const run = update('core');
    await run.sees(apply);
    run.type(typed);
    expect((await run.exit).code).toBe(code);
    if (code === 2) expect(readable(run)).toMatch(/\n\nBoss Manage Error: Action Canceled\n\x1b\[0m$/);
    expect(await scripts.changeSets('core')).toEqual({});
    expect(scripts.status('core')).toBe('CREATE_COMPLETE');
    expect(await progressOf('core')).toBe('3');
  });

  test('a pipe answers with the default: lambdas are rebuilt, the change set is not applied', async () => {
    const { code, stdout } = await scripts.run('cloudformation.py', ['update', 'production.boss', 'cachedb']);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^Rebuild lambdas \[Y\/n\]: {2}\(timeout\)\nDEBUG: Building /m);
    expect(stdout).toMatch(/^Apply Update\? \[y\/N\]: {2}\(timeout\)\n\nBoss Manage Error: Action Canceled\n$/m);
    expect(stdout).not.toContain('\x1b');
  });

  test('deleting core or api asks whether all data may be lost, and keeps it', async () => {
    const run = start('delete', 'production.boss', 'core');
    await run.sees('All data will be lost. Are you sure you want to proceed? [y/N]: ');
    run.type('n\r');
    expect((await run.exit).code).toBe(2);
    expect(scripts.status('core')).toBe('CREATE_COMPLETE');
  });

  test('SIGTERM leaves the change set behind', async () => {
    const run = update('core');
    await run.sees(apply);
    run.kill('SIGTERM');
    await run.exit;
    expect(await scripts.changeSets('core')).toEqual({ [`h${scripts.head}`]: 'CREATE_COMPLETE' });
  });
});

describe('faults', () => {
  ownWorlds();

  test('a function that is not found is told in passing, until the stack is made anew', async () => {
    scripts = await openScripts({ faults: ['function-not-found'], configs: ['core', 'redis', 'api', 'cachedb'] });
    const line =
      'Error updating downsampleVolumeLambda-production-boss: An error occurred (ResourceNotFoundException) when calling the UpdateFunctionCode operation: Function not found: ';
    const answered = async () => {
      const run = update('cachedb');
      await run.sees('Rebuild lambdas [Y/n]: ');
      run.type('n\r');
      return run;
    };
    const before = await answered();
    await before.sees(apply);
    before.type('y\r');
    expect((await before.exit).code).toBe(0);
    expect(before.output()).toContain(line);

    expect((await start('delete', 'production.boss', 'cachedb').exit).code).toBe(0);
    expect((await start('create', 'production.boss', 'cachedb').exit).code).toBe(0);
    const after = await answered();
    expect((await after.exit).code).toBe(0);
    expect(after.output()).toContain('function code');
    expect(after.output()).not.toContain(line);
  });

  test('a colleague’s edit of api would replace a table; after n it is reverted and the next update is clean', async () => {
    scripts = await openScripts({ faults: ['danger-change'], configs: ['core', 'redis', 'api'] });
    const table = /^.*Modify {4}tileIndex .*AWS::DynamoDB::Table +True/m;
    const first = update('api');
    await first.sees(apply);
    expect(first.output()).toMatch(table);
    first.type('n\r');
    expect((await first.exit).code).toBe(2);
    const second = update('api');
    await second.sees(apply);
    expect(second.output()).toContain('EndpointConfiguration');
    expect(second.output()).not.toMatch(table);
    second.type('n\r');
    await second.exit;
  });
});

describe('without a stack', () => {
  oneWorld({ configs: [] });

  test('generate writes the template, indented, and its arguments', async () => {
    const { code, stdout } = await scripts.run('cloudformation.py', ['generate', 'production.boss', 'redis']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Execution Order:\n\tredis\n\nWorking on redis\n' });
    const read = (name: string) => readFile(join(scripts.checkout, 'cloud_formation/templates', name), 'utf8');
    const template = await read('RedisProductionBoss.template');
    expect(template).toMatch(/^\{\n {4}"AWSTemplateFormatVersion"/);
    expect(Object.keys(JSON.parse(template).Resources)).toHaveLength(10);
    expect(JSON.parse(await read('RedisProductionBoss.arguments'))).toContainEqual({
      ParameterKey: 'VPCId',
      ParameterValue: 'vpc-0b055a11c0ffee001',
      UsePreviousValue: false,
    });
  });

  test('generate follows the schema of the tile index in the submodule', async () => {
    const file = join(
      scripts.checkout,
      'salt_stack/salt/ndingest/files/ndingest.git/ndingest/nddynamo/schemas/boss_tile_index.json',
    );
    const { GlobalSecondaryIndexes, ...schema } = JSON.parse(await readFile(file, 'utf8'));
    expect(GlobalSecondaryIndexes).toHaveLength(1);
    await writeFile(file, JSON.stringify(schema));
    await scripts.run('cloudformation.py', ['generate', 'production.boss', 'api']);
    const template = await readFile(
      join(scripts.checkout, 'cloud_formation/templates/ApiProductionBoss.template'),
      'utf8',
    );
    expect(JSON.parse(template).Resources.tileIndex.Properties).not.toHaveProperty('GlobalSecondaryIndexes');
  });

  test('a wrong command line ends with exit 2 and what argparse says', async () => {
    const wrong = async (...args: string[]) => {
      const { code, stderr } = await scripts.run('cloudformation.py', args);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await wrong('update', 'x.boss', 'core')).toContain(
      "error: argument bosslet_name: invalid choice: 'x.boss' (choose from 'dev.boss', 'production.boss')",
    );
    expect(await wrong('update', 'production.boss')).toContain(
      'error: the following arguments are required: config_name',
    );
    expect(await wrong('update', 'production.boss', 'core', '--name', 'x')).toContain(
      'error: unrecognized arguments: --name x',
    );
  });

  test('generate dies without the folder', async () => {
    const templates = join(scripts.checkout, 'cloud_formation', 'templates');
    await rm(templates, { recursive: true });
    const { code, stderr } = await scripts.run('cloudformation.py', ['generate', 'production.boss', 'redis']);
    expect(code).toBe(1);
    expect(stderr).toContain('FileNotFoundError: [Errno 2] No such file or directory: ');
  });
});
