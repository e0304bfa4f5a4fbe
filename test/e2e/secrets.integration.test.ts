import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { lineText } from '../../components/line.tsx';
import { contentOf } from '../../panes/dialogContent.ts';
import { DATABASE_PASSWORD } from '../../src/rehearsal/bossManage/templates.ts';
import { PRODUCTION_KEYS, VAULT } from '../../src/rehearsal/production.ts';
import { dialogOf } from '../../src/store/dialog.ts';
import type { AppState } from '../../src/store/store.ts';
import { type Rehearsal, rehearseFrom } from '../support/rehearsal.ts';

let rehearsal: Rehearsal | undefined;
afterEach(async () => {
  await rehearsal?.end();
  rehearsal = undefined;
});

/** What nobody may read anywhere but where an operator asks for it: passwords and keys of the embedded deployment. */
const PLANTED: readonly string[] = [
  ...Object.values(VAULT).flatMap((entry) =>
    Object.entries(entry).flatMap(([name, value]) => (/password|secret_key/.test(name) ? [value] : [])),
  ),
  DATABASE_PASSWORD,
  PRODUCTION_KEYS.secretAccessKey,
];

const found = (text: string): readonly string[] => PLANTED.filter((secret) => text.includes(secret));

/** A dialog as it is drawn, with every line that scrolling would show. */
function drawn(state: AppState): string {
  const dialog = dialogOf(state);
  if (!dialog) return '';
  const { title, body, foot } = contentOf(state, dialog, 160);
  return [title, ...[...body, ...foot].map(lineText)].join('\n');
}

describe('a release that meets passwords', { timeout: 90_000 }, () => {
  it('has none of them in its journal, its evidence, its scripts’ folders, its state or its dialogs', async () => {
    rehearsal = await rehearseFrom({ from: 'core', speed: 800 });
    const leaks = new Set<string>();
    const revealed = new Set<string>();
    let asked = '';
    rehearsal.store.subscribe((state) => {
      for (const secret of Object.values(state.live.secrets)) revealed.add(secret.reveal());
      // The whole state is much to look through: once for each new dialog and each question that was answered.
      const about = `${dialogOf(state)?.about} ${Object.keys(state.release?.decisions ?? {}).length}`;
      if (about === asked) return;
      asked = about;
      const everything = [JSON.stringify(state), inspect(state, { depth: 12, maxArrayLength: 500 }), drawn(state)];
      for (const text of everything) for (const secret of found(text)) leaks.add(`state: ${secret}`);
    });
    await rehearsal.play('core', 'api', 'password');
    // They were met: one was shown to who asked for it, and the template that holds another was deployed.
    expect([...revealed]).toContain(VAULT['secret/auth/realm']?.password);

    const folder = rehearsal.releaseFolder();
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.some((file) => file.endsWith('out.log'))).toBe(true);
    expect(files.some((file) => file.includes('evidence'))).toBe(true);
    for (const file of files) for (const secret of found(await readFile(file, 'utf8'))) leaks.add(`${file}: ${secret}`);
    expect([...leaks]).toEqual([]);
  });
});
