import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIGS, checkoutOf, NO_CHECKOUT_FOUND } from '../bosslet/bosslet.ts';
import { stackName } from '../bosslet/names.ts';
import { type Check, type Found, ok, stop, warn } from './finding.ts';
import { INDEX_FILE, indexesInFile } from './indexFile.ts';
import { hasScripts } from './interpreter.ts';
import type { ReadContext } from './kind.ts';
import { progressDangers, readProgress } from './progressFile.ts';
import { generatedWithSecrets, templatesFolder } from './template.ts';
import { count } from './words.ts';

/** What must be found in the checkout of boss-manage. Where it is none, that is one finding and not one of each. */
export const checkoutChecks = (context: ReadContext): readonly Check[] => {
  const inCheckout =
    (check: (context: ReadContext) => Promise<Found | readonly Found[]>) =>
    async (): Promise<Found | readonly Found[]> =>
      (await hasScripts(context.bosslet)) ? check(context) : [];
  return [
    { title: 'Configuration', run: async () => doubts(context) },
    { title: 'Checkout', run: () => checkout(context) },
    { title: 'Index file', run: inCheckout(indexFile) },
    { title: 'Unfinished updates', run: inCheckout(unfinishedUpdates) },
    { title: 'Templates folder', run: inCheckout(templates) },
    { title: 'Vault token', run: inCheckout(vaultToken) },
    { title: 'Detached scripts', run: killUserProcesses },
  ];
};

/** What the parts of the configuration disagree on. */
function doubts({ bosslet }: ReadContext): Found | readonly Found[] {
  const found = (bosslet.doubts ?? []).map(({ level, text, cure }): Found => ({ level, detail: text, cure }));
  return found.length > 0 ? found : ok('its parts agree');
}

async function checkout({ read, bosslet, release, signal }: ReadContext): Promise<readonly Found[]> {
  // Everything can be looked at without one, and nothing done.
  if (bosslet.bossManage === undefined) return [stop(NO_CHECKOUT_FOUND.text, NO_CHECKOUT_FOUND.cure)];
  if (!(await hasScripts(bosslet)))
    return [
      stop(
        `${bosslet.bossManage} has no folder bin, so it is no checkout of boss-manage.`,
        'Name the checkout by --boss-manage or as bossManage in boss-tui.config.yaml, or start boss-tui in it.',
      ),
    ];
  const [head, status] = await Promise.all([read.git.head(signal), read.git.status(signal)]);
  const found: Found[] = [];
  if (release.head !== '' && release.head !== head)
    found.push(
      warn(
        `${bosslet.bossManage} is at ${head.slice(0, 12)}; the release was opened at ${release.head.slice(0, 12)}.`,
        'Check the commit out again, or go on knowingly: every card says it.',
      ),
    );
  if (status.length > 0)
    found.push(
      warn(
        `${count(status.length, 'file differs', 'files differ')} from the commit: ${status.slice(0, 5).join(', ')}${status.length > 5 ? ', …' : ''}`,
        'Commit or put them back: what is deployed could not be told from the commit.',
      ),
    );
  return found.length > 0 ? found : [ok(`${head.slice(0, 12)}, clean`)];
}

/** The tile index's schema lies in a submodule, of whose edits the commit of the checkout knows nothing. */
async function indexFile({ read, bosslet, signal }: ReadContext): Promise<Found> {
  const readable = await indexesInFile(bosslet).then(
    () => true,
    () => false,
  );
  if (!readable)
    return warn(
      `${INDEX_FILE} cannot be read: its submodule is not checked out.`,
      `git -C ${checkoutOf(bosslet)} submodule update --init --recursive`,
    );
  const diff = await read.git.diff([INDEX_FILE], signal);
  return diff === ''
    ? ok('as its commit has it')
    : warn(
        `${INDEX_FILE} differs from its commit: an update of api takes it as it is.`,
        'Put it back with git restore, in its submodule, unless an index is being changed in two updates right now.',
      );
}

async function unfinishedUpdates({ read, bosslet, signal }: ReadContext): Promise<readonly Found[]> {
  const found = await Promise.all(
    CONFIGS.map(async (config): Promise<readonly Found[]> => {
      const progress = await readProgress(bosslet, config);
      if (!progress) return [];
      const stack = await read.aws.cloudFormation.describeStack(stackName(bosslet, config), signal);
      return progressDangers(config, progress, stack?.tags.StackVersion).map(({ text }) =>
        warn(text, `rm ${progress.file}`),
      );
    }),
  );
  const all = found.flat();
  return all.length > 0 ? all : [ok('none is behind its stack')];
}

async function templates({ bosslet }: ReadContext): Promise<readonly Found[]> {
  const folder = templatesFolder(bosslet);
  const isFolder = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) return [stop(`${folder} does not exist.`, `mkdir ${folder}: generate dies without it.`)];
  const left = await generatedWithSecrets(bosslet);
  return left.length === 0
    ? [ok(folder)]
    : left.map((file) => warn(`${file} holds a password of the database in plain text.`, `shred -u ${file}`));
}

async function vaultToken({ bosslet }: ReadContext): Promise<Found> {
  const file = join(checkoutOf(bosslet), 'vault', 'private', `vault.${bosslet.name}`, 'vault_token');
  const entry = await stat(file).catch(() => undefined);
  if (!entry) return stop(`${file} does not exist.`, `Get the latest vault/private/vault.${bosslet.name} folder.`);
  if (entry.size === 0) return stop(`${file} is empty.`, `Get the latest vault/private/vault.${bosslet.name} folder.`);
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
