import { createHash } from 'node:crypto';
import { access, chmod, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { asTyped, vaultExport as command } from './bossManage.ts';
import type { Attempt, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';
import { scanLog } from './scriptLog.ts';
import { hasStarted } from './scriptRun.ts';
import { exitEvidence, lastLinesEvidence, verdictOfRefusal } from './scriptVerdict.ts';
import { runOnVaultPort } from './vaultPort.ts';

type Baseline = { readonly file: string; readonly head: string };

/** What an export must hold to be worth the name. */
const PATHS = ['secret/auth', 'secret/auth/realm', 'secret/keycloak', 'secret/endpoint/django', 'secret/endpoint/auth'];

/** Exports Vault into a file of a 0700 folder; only its size and hash are ever written down. */
export const vaultExport: StepKind<object, Baseline> = {
  name: 'vaultExport',
  mutates: true,
  parse: paramsOf('vaultExport', z.strictObject({})),
  plan: planExport,
  act: async (_params, context) => {
    const { file, head } = context.attempt.baseline;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await chmod(dirname(file), 0o700);
    // What an earlier try left behind would prove this one.
    if (!(await hasStarted(context)) && (await exists(file)))
      await context.effect('clear', {
        what: `removes the ${file} of an earlier try`,
        run: async () => {
          await rm(file, { force: true });
          return true;
        },
        probe: async () => 'notHappened',
      });
    const run = { command: command(context.bosslet, file), head, what: 'Exporting Vault' };
    const acted = await runOnVaultPort(context, run);
    if (!(await exists(file))) return acted;
    await chmod(file, 0o600);
    const body = await readFile(file);
    const sha256 = createHash('sha256').update(body).digest('hex');
    return { ...acted, facts: { vaultExport: { file, bytes: body.length, sha256 } } };
  },
  prove: (_params, context, attempt) => proveExport(context, attempt),
};

async function planExport(_params: object, { read, bosslet, release, signal }: ReadContext): Promise<Plan<Baseline>> {
  const folder = join(release.folder || '<folder of the release>', 'vault');
  const file = join(folder, `vault.${bosslet.name}.json`);
  // Before a release is open its folder has no name yet.
  const workTree = release.folder === '' ? undefined : await workTreeOf(release.folder);
  if (workTree)
    throw new Error(
      `${release.folder} lies in the git work tree ${workTree}, where secrets must not be written: set XDG_STATE_HOME to another folder.`,
    );
  return {
    commands: [asTyped(command(bosslet, file))],
    dangers: [],
    evidence: [{ label: 'File', value: `${folder}, readable by you alone`, tone: 'plain' }],
    baseline: { file, head: await read.git.head(signal) },
    alreadyDone: false,
  };
}

/** The git work tree that a folder lies in, if any. */
async function workTreeOf(folder: string): Promise<string | undefined> {
  if (await exists(join(folder, '.git'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : workTreeOf(parent);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function proveExport(context: ReadContext, attempt: Attempt<Baseline>): Promise<Verdict> {
  const { file } = attempt.baseline;
  const log = await scanLog(context.read.scripts, attempt.scriptFolder);
  const more = [exitEvidence(attempt), ...lastLinesEvidence(log)];
  if (!(await exists(file))) {
    const code = attempt.acted?.exitCode === undefined ? 'lost' : 'exitCode';
    const summary = 'Vault was not exported: there is no file. Check ssh, the bastion and that port 3128 is free.';
    return verdictOfRefusal(attempt.acted, more) ?? { is: 'failed', code, summary, evidence: more };
  }
  const missing = missingPaths(await readFile(file, 'utf8'));
  const { size, mode } = await stat(file);
  const evidence = [
    { label: 'File', value: `${file}, ${size} bytes`, tone: 'plain' as const },
    { label: 'Mode', value: (mode & 0o777).toString(8), tone: mode & 0o077 ? ('danger' as const) : ('ok' as const) },
  ];
  if (missing === undefined || missing.length > 0)
    return {
      is: 'failed',
      code: 'notFound',
      summary: missing
        ? `The export of Vault lacks ${missing.join(', ')}: it is no backup. Export it again.`
        : 'The export of Vault is no JSON: it is no backup. Export it again.',
      evidence,
    };
  return { is: 'done', summary: `Vault is exported, ${size} bytes; move or shred the file at the end.`, evidence };
}

/** Paths that an export lacks; undefined where it is no export. */
export function missingPaths(text: string): readonly string[] | undefined {
  try {
    const keys = new Set(pathsIn(JSON.parse(text), ''));
    return PATHS.filter((path) => !keys.has(path));
  } catch {
    return undefined;
  }
}

/** Paths of an export, whether it is flat (`secret/auth/realm`) or nested by folder. */
function pathsIn(value: unknown, prefix: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix + key.replace(/\/$/, '');
    return [path, ...pathsIn(inner, `${path}/`)];
  });
}
