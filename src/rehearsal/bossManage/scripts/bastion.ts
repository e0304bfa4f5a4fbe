import { randomUUID } from 'node:crypto';
import { access, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArguments } from '../commandLine.ts';
import { dumpSorted, pformat } from '../python.ts';
import type { NamedBosslet, Script, ScriptContext } from '../script.ts';
import { PythonError, ScriptExit } from '../scriptErrors.ts';

/** What one hop of ssh waits before its tunnel is used, in milliseconds of the clock. */
const HOP_MS = 10_000;
/** What the rest of a command takes. */
const COMMAND_MS = 500;

/** What each command asks for when its arguments are missing, in order. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  ssh: [],
  scp: ['[u]pload / [D]ownload: ', 'local file: ', 'remote file: '],
  'ssh-cmd': ['command: '],
  'ssh-tunnel': [],
  'ssh-all': ['command: '],
  'vault-init': [],
  'vault-status': [],
  'vault-read': ['path: '],
  'vault-write': ['path: ', 'entry (key=value): '],
  'vault-update': ['path: ', 'entry (key=value): '],
  'vault-delete': ['path: '],
  'vault-export': ['path: '],
  'vault-import': ['path: '],
  'vault-policies': ['policy: '],
  'vault-revoke': ['token: '],
  'vault-aws-account': ['AWS Account ID: '],
};

/** `bastion.py [N.]<machine>.<bosslet> COMMAND [ARG…]`: reads and exports a bosslet's vault through its bastion. */
export const run: Script = async (context) => {
  const { positionals } = parseArguments(
    {
      program: context.program,
      options: {
        '--private-ip': { short: '-p' },
        '--bosslet': { metavar: 'BOSSLET' },
        '--user': { short: '-u', metavar: '<user>' },
        '--port': { metavar: '<port>' },
        '--local-port': { metavar: '<local port>' },
      },
      positionals: [
        { name: 'hostname' },
        { name: 'command', choices: Object.keys(COMMANDS) },
        { name: 'arguments', repeats: '*' },
      ],
    },
    context.args,
    context.terminal,
  );
  const command = positionals.get('command')?.[0] ?? '';
  const given = [...(positionals.get('arguments') ?? [])];
  const bosslet = bossletOfHost(context, positionals.get('hostname')?.[0] ?? '');
  for (const prompt of (COMMANDS[command] ?? []).slice(given.length)) given.push(await context.terminal.input(prompt));

  await context.terminal.sleep(HOP_MS);
  if (command.startsWith('vault-')) await onVault(context, bosslet, command, given);
  else {
    context.terminal.printError(`A rehearsal has no machines to log in to: ${command} is not played.`);
    throw new ScriptExit(255);
  }
};

/** The bosslet of `vault.production.boss` or `0.endpoint.production.boss`. */
function bossletOfHost(context: ScriptContext, host: string): NamedBosslet {
  for (const [name, bosslet] of Object.entries(context.world.bosslets))
    if (host.endsWith(`.${name}`)) return { name, ...bosslet };
  context.terminal.printError(`${context.program}: error: Could not determine the bosslet of '${host}'`);
  throw new ScriptExit(2);
}

async function onVault(
  context: ScriptContext,
  bosslet: NamedBosslet,
  command: string,
  [argument = '']: readonly string[],
): Promise<void> {
  const { terminal, world } = context;
  await needToken(context, bosslet);
  if (Object.keys(world.vault).length === 0)
    throw new PythonError('lib.exceptions.SSHError', 'Error establishing a SSH tunnel');
  await terminal.sleep(COMMAND_MS);
  if (command === 'vault-read') {
    const data = world.vault[argument];
    terminal.print(data === undefined ? 'None' : pformat(secretOf(data)));
  } else if (command === 'vault-export') {
    // Relative to the caller's folder, and readable as its umask allows.
    await writeFile(resolve(argument), dumpSorted(world.vault, 3));
  } else if (command === 'vault-status') terminal.print(pformat({ initialized: true, sealed: false, t: 1, n: 1 }));
  else {
    terminal.printError(`A rehearsal's vault is only read: ${command} is not played.`);
    throw new ScriptExit(1);
  }
}

async function needToken({ checkout }: ScriptContext, bosslet: NamedBosslet): Promise<void> {
  const file = join(checkout, 'vault', 'private', `vault.${bosslet.name}`, 'vault_token');
  try {
    await access(file);
  } catch {
    throw new PythonError('FileNotFoundError', `[Errno 2] No such file or directory: '${file}'`);
  }
}

/** What hvac returns for a secret. */
const secretOf = (data: unknown) => ({
  auth: null,
  data,
  lease_duration: 2_764_800,
  lease_id: '',
  renewable: false,
  request_id: randomUUID(),
  warnings: null,
  wrap_info: null,
});
