import { stat } from 'node:fs/promises';
import type { SshAccess } from '../bosslet/bosslet.ts';
import { instanceName } from '../bosslet/names.ts';
import { type Check, type Found, ok, stop, warn } from './finding.ts';
import { hasScripts } from './interpreter.ts';
import type { ReadContext } from './kind.ts';
import { stringsOfPython } from './pythonLiteral.ts';
import { needFreePort, PORT_CURE, PORT_TAKEN, PortTaken, vaultPort } from './vaultPort.ts';
import { readVault, VAULT_ANSWERS_WITHIN_MS } from './vaultRead.ts';

/** Whether the deployment's own machines can be entered. The caches are looked at by the observers' own way. */
export const machineChecks = (context: ReadContext): readonly Check[] => {
  const { ssh } = context.bosslet.redis;
  return [
    // A rehearsal has no machines.
    ...(ssh
      ? [
          { title: 'Bastion', run: () => bastion(context) },
          { title: 'ssh key', run: () => sshKey(ssh) },
        ]
      : []),
    { title: 'Vault', boundMs: VAULT_ANSWERS_WITHIN_MS + 10_000, run: () => vault(context) },
  ];
};

/** Scripts and tunnels find it by its Name tag; several may carry one name. */
async function bastion({ read, bosslet, signal }: ReadContext): Promise<Found> {
  const name = instanceName(bosslet, 'bastion');
  const all = await read.aws.ec2.instances([name], signal);
  const running = all.filter(({ state }) => state === 'running');
  const open = running.find(({ publicIpAddress }) => publicIpAddress !== undefined);
  if (open) return ok(`${name} runs, ${open.publicIpAddress}`);
  const within = running.find(({ privateIpAddress }) => privateIpAddress !== undefined);
  if (within)
    return warn(
      `${name} runs, but has no public address: it is entered at ${within.privateIpAddress}.`,
      'Be in its network, or look at the core stack.',
    );
  const [first] = running.length > 0 ? running : all;
  const state = first?.state === 'running' ? 'runs, but has no address yet' : `is ${first?.state}`;
  const detail = first ? `${name} ${state}.` : `There is no instance ${name}.`;
  // Whoever reaches the caches without it may reach Vault without it, too: vault-read tells.
  return bosslet.redis.via === 'direct'
    ? warn(detail, 'Vault is reached through it: start it, or look at the core stack.')
    : stop(detail, 'Without it neither Vault nor the caches can be reached: start it, or look at the core stack.');
}

/** ssh refuses a key that others can read. */
async function sshKey({ identityFile }: SshAccess): Promise<Found | readonly Found[]> {
  if (identityFile === undefined) return [];
  const entry = await stat(identityFile).catch(() => undefined);
  if (!entry) return stop(`${identityFile} does not exist.`, 'Get the key, or name another by redis.ssh.identityFile.');
  if ((entry.mode & 0o077) !== 0)
    return stop(`${identityFile} can be read by others, and ssh refuses it.`, `chmod 600 ${identityFile}`);
  return ok(identityFile);
}

async function vault(context: ReadContext): Promise<Found | readonly Found[]> {
  if (!(await hasScripts(context.bosslet))) return [];
  // A step that talks to Vault now would be disturbed, and tells more than a look.
  if (vaultPort(context).isBusy)
    return warn('It is not asked: a step of this release talks to it now.', 'Look again afterwards.');
  try {
    await needFreePort(context);
    const { exitCode, output } = await readVault('secret/auth/realm', context);
    if (exitCode !== 0) {
      const said = saidInTheEnd(output);
      const cure = /^: \w*ImportError|^: ModuleNotFoundError/.test(said) ? IMPORT_CURE : VAULT_CURE;
      return stop(`vault-read ended with exit ${exitCode}${said}.`, cure);
    }
    if ((stringsOfPython(output).password ?? '') === '')
      return stop('Vault has no password at secret/auth/realm.', VAULT_CURE);
    return ok('vault-read works');
  } catch (error) {
    if (error instanceof PortTaken) return stop(PORT_TAKEN, PORT_CURE);
    throw error;
  }
}

const IMPORT_CURE = 'Install it for the interpreter of the scripts, as the finding of their imports says.';
const VAULT_CURE = 'Check ssh to the bastion, its key, that port 3128 is free, and the vault_token.';

/** The exception of a traceback's last line, and nothing else: what else is printed may be a secret. */
function saidInTheEnd(output: string): string {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  return /^[A-Za-z_][\w.]*: /.test(last) ? `: ${last.replace(/\.$/, '')}` : '';
}
