import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ScriptLook } from '../../src/observe/observed.ts';
import { followScript } from '../../src/observe/scripts.ts';
import { scripts, shell, temporaryFolder } from '../clients/script/scriptFolder.ts';
import { until } from '../support/until.ts';

/** Follows a script as the watchers do, until the test ends. */
function follow(folder: string, doors: Parameters<typeof followScript>[0]['scripts'] = scripts) {
  const end = new AbortController();
  const seen: ScriptLook[] = [];
  const ended = followScript({ folder, scripts: doors, signal: end.signal, seen: (look) => seen.push(look) });
  onTestFinished(() => {
    end.abort();
    return ended;
  });
  return { seen, ended, last: () => seen.at(-1), stop: () => end.abort() };
}

describe('a script that is followed', () => {
  it('is on the screen as its terminal shows it, spinners and all, until it has ended', async () => {
    const home = await temporaryFolder();
    const folder = join(home, 'run');
    const { last, ended } = follow(folder);
    await scripts.start(
      folder,
      shell(
        home,
        String.raw`printf '\033[31mWorking\033[0m\r- Working\rDone           \n'; read answer; echo "got $answer"`,
      ),
    );
    await until('the first line', () => last()?.lines.includes('Done'));
    expect(last()).toMatchObject({ running: true, folder });
    await scripts.answer(folder, 1, 'y');
    await ended;
    expect(last()).toMatchObject({ running: false });
    expect(last()?.lines).toEqual(['Done', 'y', 'got y']);
  });

  it('is shown to its last word when it had ended before', async () => {
    const home = await temporaryFolder();
    const folder = join(home, 'run');
    await scripts.start(folder, shell(home, 'for n in $(seq 1 3000); do echo line $n; done'));
    await until('its end', async () => (await scripts.state(folder)).is === 'ended');
    const { last, ended } = follow(folder);
    await ended;
    expect(last()?.lines.at(-1)).toBe('line 3000');
    expect(last()?.lines.length).toBeLessThanOrEqual(50);
  });

  it('is caught up with from near its end where its log is long', async () => {
    const home = await temporaryFolder();
    const folder = join(home, 'run');
    await scripts.start(
      folder,
      shell(home, 'head -c 3000000 /dev/zero | tr "\\0" "x" | fold -w 99; echo; echo the end'),
    );
    await until('its end', async () => (await scripts.state(folder)).is === 'ended');
    let read = 0;
    const counting = {
      ...scripts,
      read: async (...args: Parameters<typeof scripts.read>) => {
        const part = await scripts.read(...args);
        read += part.text.length;
        return part;
      },
    };
    const { last, ended } = follow(folder, counting);
    await ended;
    expect(last()?.lines.at(-1)).toBe('the end');
    expect(read).toBeLessThan(300_000);
  });

  it('that floods its terminal is drawn at its end only, and is shown to its last word', async () => {
    const home = await temporaryFolder();
    const folder = join(home, 'run');
    await scripts.start(folder, shell(home, "yes 'the same line again' | head -c 24000000; echo; echo the end"));
    let drawn = 0;
    const counting = {
      ...scripts,
      read: async (...args: Parameters<typeof scripts.read>) => {
        const part = await scripts.read(...args);
        drawn += part.text.length;
        return part;
      },
    };
    const { last, ended } = follow(folder, counting);
    await ended;
    expect(last()?.lines.at(-1)).toBe('the end');
    expect(last()?.logBytes).toBeGreaterThan(24_000_000);
    expect(drawn).toBeLessThan(20_000_000);
  }, 60_000);

  it('is waited for while its folder is missing, and shown with an error while it cannot be read', async () => {
    const home = await temporaryFolder();
    const folder = join(home, 'run');
    let readable = false;
    const { last, ended } = follow(folder, {
      ...scripts,
      state: (path) => (readable ? scripts.state(path) : Promise.reject(new Error('EACCES: permission denied'))),
    });
    await until('the error', () => last()?.error === 'EACCES: permission denied');
    readable = true;
    await until('no more error', () => last() && last()?.error === undefined);
    expect(last()).toMatchObject({ running: true, lines: [] });
    await scripts.start(folder, shell(home, 'echo here'));
    await ended;
    expect(last()).toMatchObject({ running: false, lines: ['here'] });
  });

  it('is let go of when nobody asks any more', async () => {
    const home = await temporaryFolder();
    const { ended, stop } = follow(join(home, 'never'));
    stop();
    await ended;
  });
});
