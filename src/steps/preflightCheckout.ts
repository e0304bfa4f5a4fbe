import { access, constants, open, readFile, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { checkoutOf, NO_CHECKOUT_FOUND } from '../bosslet/bosslet.ts';
import { type Check, type Found, ok, stop, warn } from './finding.ts';
import type { ReadContext } from './kind.ts';
import { templatesFolder } from './template.ts';

/** The scripts that a release runs. */
const SCRIPTS = ['cloudformation.py', 'maintenance.py', 'bastion.py', 'iam_utils.py', 'packer.py'] as const;
/** What the real scripts call; `without`: what cannot be done where it is missing. Absent: nothing can. */
const PROGRAMS: readonly { readonly name: string; readonly without?: string }[] = [
  { name: 'git' },
  { name: 'ssh' },
  { name: 'packer', without: 'no AMI can be built' },
  { name: 'docker', without: 'no lambda can be built on this machine (LAMBDA_BUILD_CONTAINER)' },
  { name: 'pyminify', without: 'lambdas cannot be packed' },
];

/** What must be found on this machine. */
export const checkoutChecks = (context: ReadContext): readonly Check[] => [
  { title: 'Configuration', run: async () => doubts(context) },
  ...(context.bosslet.bossManage === undefined
    ? [{ title: 'Checkout', run: async () => noCheckout }]
    : [
        { title: 'Checkout', run: () => checkout(context) },
        { title: 'Scripts', run: () => scripts(context) },
        { title: 'Programs', run: () => programs(context) },
        { title: 'Templates folder', run: () => templates(context) },
        { title: 'Vault token', run: () => vaultToken(context) },
      ]),
  { title: 'Detached scripts', run: killUserProcesses },
];

/** Everything can be looked at without one, and nothing done. */
const noCheckout = stop(NO_CHECKOUT_FOUND.text, NO_CHECKOUT_FOUND.cure);

/** What the parts of the configuration disagree on. */
function doubts({ bosslet }: ReadContext): Found | readonly Found[] {
  const found = (bosslet.doubts ?? []).map(({ level, text, cure }): Found => ({ level, detail: text, cure }));
  return found.length > 0 ? found : ok('its parts agree');
}

async function checkout({ read, bosslet, release, signal }: ReadContext): Promise<readonly Found[]> {
  const [head, status] = await Promise.all([read.git.head(signal), read.git.status(signal)]);
  const found: Found[] = [];
  if (release.head !== '' && release.head !== head)
    found.push(
      warn(
        `${checkoutOf(bosslet)} is at ${head.slice(0, 12)}; the release was opened at ${release.head.slice(0, 12)}.`,
        'Check the commit out again, or go on knowingly: every card says it.',
      ),
    );
  if (status.length > 0)
    found.push(
      warn(
        `${status.length} files differ from the commit: ${status.slice(0, 5).join(', ')}${status.length > 5 ? ', …' : ''}`,
        'Commit or put them back: what is deployed could not be told from the commit.',
      ),
    );
  return found.length > 0 ? found : [ok(`${head.slice(0, 12)}, clean`)];
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

async function scripts({ bosslet }: ReadContext): Promise<readonly Found[]> {
  const bin = join(checkoutOf(bosslet), 'bin');
  const mode = bosslet.python ? constants.R_OK : constants.X_OK;
  const missing: string[] = [];
  for (const name of SCRIPTS) await access(join(bin, name), mode).catch(() => missing.push(name));
  if (missing.length > 0)
    return [
      stop(
        `${missing.join(', ')} in ${bin} cannot be ${bosslet.python ? 'read' : 'executed'}.`,
        bosslet.python ? 'Configure bossManage as the checkout of boss-manage.' : 'chmod +x them, or configure python.',
      ),
    ];
  return [ok(`${SCRIPTS.length} in ${bin}`)];
}

/** Scripts in Python need what they call; others bring their own. */
async function programs({ bosslet }: ReadContext): Promise<Found | readonly Found[]> {
  const shebang = await firstLine(join(checkoutOf(bosslet), 'bin', 'cloudformation.py'));
  const interpreter = bosslet.python ?? (/python[\d.]*/.exec(shebang)?.[0] as string | undefined);
  if (interpreter === undefined) return ok('the scripts bring their own');
  const found: Found[] = [];
  for (const { name, without } of [{ name: interpreter, without: undefined }, ...PROGRAMS]) {
    if (await isOnPath(name)) continue;
    const cure = `Install ${name}, or put it on the PATH.`;
    found.push(without ? warn(`${name} was not found: ${without}.`, cure) : stop(`${name} was not found.`, cure));
  }
  return found.length > 0 ? found : ok([interpreter, ...PROGRAMS.map(({ name }) => name)].join(', '));
}

async function firstLine(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString('utf8', 0, bytesRead).split('\n')[0] ?? '';
  } finally {
    await handle.close();
  }
}

async function isOnPath(program: string): Promise<boolean> {
  if (isAbsolute(program)) return isExecutable(program);
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = await Promise.all(folders.map((folder) => isExecutable(join(folder, program))));
  return found.includes(true);
}

async function templates({ bosslet }: ReadContext): Promise<Found> {
  const folder = templatesFolder(bosslet);
  const isFolder = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  return isFolder ? ok(folder) : stop(`${folder} does not exist.`, `mkdir ${folder}: generate dies without it.`);
}

async function vaultToken({ bosslet }: ReadContext): Promise<Found> {
  const file = join(checkoutOf(bosslet), 'vault', 'private', `vault.${bosslet.name}`, 'vault_token');
  const entry = await stat(file).catch(() => undefined);
  if (!entry) return stop(`${file} does not exist.`, `Get the latest vault/private/vault.${bosslet.name} folder.`);
  if ((entry.mode & 0o077) !== 0) return warn(`${file} can be read by others.`, `chmod 600 ${file}`);
  return ok(file);
}

/** A login manager that ends a user's processes ends a script with the ssh session. */
async function killUserProcesses(): Promise<Found> {
  const text = await readFile('/etc/systemd/logind.conf', 'utf8').catch(() => '');
  return /^\s*KillUserProcesses\s*=\s*(yes|true|1|on)\s*$/im.test(text)
    ? warn(
        'logind ends your processes when you log out (KillUserProcesses=yes): a running script would die.',
        'loginctl enable-linger, or stay logged in.',
      )
    : ok('they outlive a lost connection');
}
