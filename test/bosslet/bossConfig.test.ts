import { chmod, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBossConfig } from '../../src/bosslet/bossConfig.ts';
import { isGone } from '../support/program.ts';
import { findProgram, needing } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { checkoutWith, PRODUCTION_SAID, put, saying, temporaryFolder } from './folders.ts';

const PATH = process.env.PATH ?? '';

/** What is read of a checkout with this script, or why it is not. */
async function read(script: string, more: Partial<Parameters<typeof readBossConfig>[1]> = {}) {
  const checkout = await checkoutWith(await temporaryFolder(), script);
  const running = { checkout, environment: { PATH }, ...more };
  return readBossConfig('production.boss', running).then(
    (layer) => Object.fromEntries(Object.entries(layer).map(([name, { value }]) => [name, value])),
    (error: Error) => error.message.replaceAll(checkout, 'CHECKOUT'),
  );
}
const fails = (stdout: string, stderr: string, code: number) =>
  read(`cat <<'END'\n${stdout}\nEND\ncat >&2 <<'END'\n${stderr}\nEND\nexit ${code}`);

describe('what boss-config.py says of a bosslet', () => {
  it('is asked for by one constant expression, and becomes settings', async () => {
    expect(await read(saying({ 'production.boss': PRODUCTION_SAID }))).toEqual({
      internalDomain: 'production.boss',
      externalDomain: 'theboss.io',
      externalFormat: '{machine}',
      region: 'us-east-1',
      // Python knows no leading zero.
      accountId: '012345678901',
      alertTopic: 'ProductionMicronsMailingList',
      scenario: 'production',
      amiSuffix: '.boss',
      'redis.ssh.identityFile': join(homedir(), '.ssh', 'production-key.pem'),
    });
  });

  it('comes from an argument vector, the folder bin and the environment that scripts get', async () => {
    const folder = await temporaryFolder();
    const seen = join(folder, 'seen');
    const checkout = await checkoutWith(
      folder,
      `echo "$#|$1|$2|$PWD|$AWS_PROFILE" > '${seen}'; echo "$3" > '${seen}.expression'; echo '{}'`,
    );
    await readBossConfig('production.boss', { checkout, environment: { PATH, AWS_PROFILE: 'production' } });
    expect(await readFile(seen, 'utf8')).toBe(`3|production.boss|-e|${checkout}/bin|production\n`);
    expect(await readFile(`${seen}.expression`, 'utf8')).toMatch(
      /^__import__\("json"\)\.dumps\(\{"INTERNAL_DOMAIN": getattr\(bosslet, "INTERNAL_DOMAIN", None\), .*\}\)\n$/,
    );
  });

  it('is asked by the interpreter that is configured, which needs no executable script', async () => {
    const checkout = join(await temporaryFolder(), 'boss-manage');
    await put(join(checkout, 'bin', 'boss-config.py'), `echo '{"REGION": "eu-west-1"}'\n`);
    const layer = await readBossConfig('production.boss', { checkout, python: '/bin/sh', environment: { PATH } });
    expect(layer.region?.value).toBe('eu-west-1');
  });

  it('that is not what a setting can be is refused', async () => {
    expect(await read(saying({ 'production.boss': { ACCOUNT_ID: 'mine' } }))).toBe(
      "CHECKOUT/bin/boss-config.py production.boss: ACCOUNT_ID must be twelve digits in quotes, and is mine; correct the bosslet's file.",
    );
  });
});

/** As the real script evaluates the expression: with what is not defined as an AttributeError. */
const IN_PYTHON = `import sys

class Bosslet(object):
    INTERNAL_DOMAIN, EXTERNAL_DOMAIN, ACCOUNT_ID = 'production.boss', 'theboss.io', 12345678901
    def __getattr__(self, name):
        raise AttributeError(name)

print(eval(sys.argv[sys.argv.index('-e') + 1], {'bosslet': Bosslet()}))
`;

const python = needing(['python3'], 'the expression, by a real Python');
describe.skipIf(!python.isThere)(python.name, () => {
  it('gives what the bosslet file defines, and nothing for the rest', async () => {
    const checkout = join(await temporaryFolder(), 'boss-manage');
    await put(join(checkout, 'bin', 'boss-config.py'), IN_PYTHON);
    const running = { checkout, python: findProgram('python3') ?? '', environment: { PATH } };
    expect(Object.keys(await readBossConfig('production.boss', running))).toEqual([
      'internalDomain',
      'externalDomain',
      'accountId',
    ]);
  });
});

describe('where boss-config.py says nothing, one sentence tells why and what cures it', () => {
  const SCRIPT = 'CHECKOUT/bin/boss-config.py';
  const TRACEBACK = 'Traceback (most recent call last):\n  File "boss-config.py", line 40, in <module>';

  it.each([
    [
      'an unknown bosslet',
      '',
      "usage: boss-config.py [-h] bosslet_name\nboss-config.py: error: argument bosslet_name: invalid choice: 'production.boss' (choose from 'a.boss', 'b.boss')",
      2,
      `${SCRIPT} knows no bosslet "production.boss", but a.boss, b.boss: name one of them, or add its file to config/.`,
    ],
    [
      'missing keys',
      " \x1b[31mERROR:\x1b[0m Variable 'REGION' not defined\n ERROR: Variable 'SSH_KEY' not defined",
      'usage: boss-config.py\nboss-config.py: error: Bosslet config is not valid',
      2,
      `${SCRIPT} says that the file of production.boss lacks REGION, SSH_KEY: define them there.`,
    ],
    [
      'a missing ssh key',
      '',
      "boss-config.py: error: SSH_KEY '/home/you/.ssh/production-key.pem' doesn't exist",
      2,
      `${SCRIPT} finds no ssh key /home/you/.ssh/production-key.pem: put the key that SSH_KEY names there, with mode 600.`,
    ],
    [
      'an unknown profile',
      '',
      `${TRACEBACK}\nbotocore.exceptions.ProfileNotFound: The config profile (production) could not be found`,
      1,
      `${SCRIPT} finds no AWS profile "production": add it with "aws configure --profile production", or correct PROFILE or --profile.`,
    ],
    [
      'a missing library',
      '',
      `${TRACEBACK}\nModuleNotFoundError: No module named 'boto3'`,
      1,
      `${SCRIPT} lacks the Python module boto3: install boss-manage's requirements, or configure python as one that has them.`,
    ],
    [
      'a Python that is too new',
      '',
      `${TRACEBACK}\nImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/python3.12/collections/__init__.py)`,
      1,
      /^CHECKOUT\/bin\/boss-config\.py cannot be run by this Python \(cannot import .*: configure python as one of 3\.7 to 3\.9/,
    ],
    [
      'any other traceback',
      '',
      `${TRACEBACK}\n\x1b]0;title\x07KeyError: 'x'`,
      1,
      `${SCRIPT} production.boss failed with exit code 1 (KeyError: 'x'): run "${SCRIPT} production.boss" by hand and mend it.`,
    ],
    [
      'nothing that can be read',
      'Hello',
      '',
      0,
      `${SCRIPT} production.boss printed nothing that could be read: run "${SCRIPT} production.boss" by hand and look at it.`,
    ],
  ])('%s', async (_what, stdout, stderr, code, sentence) => {
    const said = await fails(stdout, stderr, code);
    if (typeof sentence === 'string') expect(said).toBe(sentence);
    else expect(said).toMatch(sentence);
  });

  it('a script that hangs, which is ended with what it started', async () => {
    const folder = await temporaryFolder();
    const pids = join(folder, 'pids');
    const said = await read(`sleep 600 & echo $! $$ > '${pids}'; wait`, { timeoutMs: 1_500 });
    expect(said).toMatch(/did not end within 1\.5 s and was ended: run ".*" by hand and see what it waits for\.$/);
    for (const pid of (await readFile(pids, 'utf8')).trim().split(' '))
      await until(`${pid} to be gone`, () => isGone(Number(pid)));
  });

  it('a script that prints without end', async () => {
    expect(await read('exec yes')).toMatch(/printed without end and was ended/);
  });

  it('no folder, no bin, no permission, no interpreter', async () => {
    const folder = await temporaryFolder();
    const ask = (checkout: string, python?: string) =>
      readBossConfig('production.boss', { checkout, environment: { PATH }, ...(python && { python }) });
    await expect(ask(join(folder, 'none'))).rejects.toThrow(
      `The boss-manage checkout ${folder}/none is no folder: correct bossManage or --boss-manage.`,
    );
    await mkdir(join(folder, 'empty'));
    await expect(ask(join(folder, 'empty'))).rejects.toThrow(
      `${folder}/empty has no bin/boss-config.py, so it is no boss-manage checkout: correct bossManage or --boss-manage.`,
    );
    const checkout = await checkoutWith(folder, 'true');
    const script = join(checkout, 'bin', 'boss-config.py');
    await expect(ask(checkout, 'python3.99')).rejects.toThrow(
      "python3.99, which is configured to run boss-manage's scripts, was not found: install it, or correct python.",
    );
    await chmod(script, 0o644);
    await expect(ask(checkout)).rejects.toThrow(`${script} cannot be executed: chmod +x it, or configure python.`);
    await put(script, '#!/usr/bin/env python3.99\n', 0o755);
    await expect(ask(checkout)).rejects.toThrow(
      `${script} needs python3.99, which was not found: install it, or configure python.`,
    );
    await put(script, '#!/usr/nowhere/python3\n', 0o755);
    await expect(ask(checkout)).rejects.toThrow(
      `The interpreter that ${script} names in its first line was not found: install it, or configure python.`,
    );
  });

  it('and an interrupted start ends at once, with the reason of its signal', async () => {
    const checkout = await checkoutWith(await temporaryFolder(), 'exec sleep 600');
    const abort = new AbortController();
    const asking = readBossConfig('production.boss', { checkout, environment: { PATH }, signal: abort.signal });
    abort.abort(new Error('left'));
    await expect(asking).rejects.toThrow('left');
  });
});
