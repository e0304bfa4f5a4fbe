import { afterEach, describe, expect, it } from 'vitest';
import type { Lend } from '../../panes/lending.ts';
import { type MountedApp, mountApp } from '../../panes/mount.tsx';
import type { Store } from '../../src/store/store.ts';
import { setLive, setRelease, tick } from '../../src/store/updates.ts';
import { cardOf, decision, midLive, midRelease, midState, NOON, noteController, session } from '../support/states.ts';
import { type EmulatedTerminal, openTerminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';

const opened: { app: MountedApp; terminal: EmulatedTerminal }[] = [];
afterEach(async () => {
  for (const { app, terminal } of opened.splice(0)) {
    terminal.reads(true);
    await app.unmount();
    terminal.dispose();
  }
});

function show(
  store: Store,
  columns: number,
  rows: number,
  enterMachine?: (terminal: EmulatedTerminal, lend: Lend) => Promise<string>,
) {
  const terminal = openTerminal(columns, rows);
  const controller = noteController();
  const left: number[] = [];
  const { stdin, stdout } = terminal;
  const app = mountApp({
    ...{ store, controller, stdin, stdout },
    leave: (code) => left.push(code),
    ...(enterMachine && { enterMachine: (lend: Lend) => enterMachine(terminal, lend) }),
  });
  opened.push({ app, terminal });
  return {
    app,
    terminal,
    controller,
    left,
    has: (words: string) => terminal.rows().some((row) => row.includes(words)),
  };
}

describe.each([
  [160, 45],
  [80, 24],
  [60, 20],
])('a terminal of %i×%i', (columns, rows) => {
  it('is filled exactly, and never scrolls while the world goes on', async () => {
    const store = midState();
    const { terminal, has } = show(store, columns, rows);
    await until('the screen', () => has('Runbook') && has('q quit'));
    for (let second = 1; second <= 3; second += 1) {
      tick(store, NOON + second * 61_000);
      await until('the next minute', () => has(`MAINTENANCE 1h${12 + second}m`));
    }
    const [first = '', ...rest] = terminal.rows();
    expect(first).toContain('PRODUCTION');
    expect(rest.at(-1)).toContain('q quit');
    expect(rest.at(-2)).toMatch(/^[╰┗].*[╯┛]$/);
    expect(terminal.scrolled()).toBe(0);
    expect(terminal.screen()).toBe('alternate');
    expect(terminal.cursorHidden()).toBe(true);
  });

  it('is covered by a card and uncovered without a trace', async () => {
    const store = midState();
    const { terminal, has } = show(store, columns, rows);
    await until('the screen', () => has('q quit'));
    const before = terminal.rows();
    setLive(store, { ...midLive, card: cardOf('cachedb') });
    await until('the card', () => has('4 Update cachedb') && has('Ready: Enter runs it'));
    const all = terminal.rows();
    const top = all.findIndex((row) => row.includes('┏━▸ 4 Update cachedb'));
    const left = all[top]?.indexOf('┏━▸ 4') ?? -1;
    const right = all[top]?.indexOf('┓', left) ?? -1;
    const bottom = all.findIndex((row, index) => index > top && row.charAt(left) === '┗');
    const inside = all.slice(top + 1, bottom).map((row) => row.slice(left, right + 1));
    expect(inside.every((row) => row.startsWith('┃ ') && row.endsWith(' ┃'))).toBe(true);
    expect(inside.some((row) => row.slice(1, -1).trim() === '')).toBe(true);
    setLive(store, midLive);
    await until('the panes again', () => JSON.stringify(terminal.rows()) === JSON.stringify(before));
  });
});

describe('the terminal', () => {
  it('follows a resize in both directions without a trace of the old frame', async () => {
    const { terminal, has } = show(midState(), 160, 45);
    await until('the large screen', () => has('─ Caches ─'));
    terminal.resize(80, 24);
    await until(
      'the small screen',
      () => has('[Stacks] Events DNS Caches') && terminal.rows()[23]?.includes('q quit') === true,
    );
    expect(terminal.rows().filter((row) => row.includes('Runbook'))).toHaveLength(1);
    expect(terminal.scrolled()).toBe(0);
    terminal.resize(40, 10);
    await until('the sentence', () => has('too small: 40×10'));
    terminal.resize(160, 45);
    await until('the large screen again', () => has('─ Caches ─') && terminal.rows()[44]?.includes('q quit') === true);
    expect(terminal.rows().filter((row) => row.includes('Runbook'))).toHaveLength(1);
  });

  it('is given back as it was', async () => {
    const { app, terminal, has } = show(midState(), 80, 24);
    await until('the screen', () => has('q quit'));
    await app.unmount();
    await until('the normal screen', () => terminal.screen() === 'normal' && !terminal.cursorHidden());
    expect(terminal.rows().every((row) => row === '')).toBe(true);
  });

  it('reads keys: q leaves with 0, Ctrl-C with 130, a paste does nothing', async () => {
    const { terminal, left, controller, has } = show(midState(), 80, 24);
    await until('the screen', () => has('q quit'));
    terminal.type('\u001b[200~m4q\r\u001b[201~');
    await until('the refusal', () => has('Pasted text does nothing here.'));
    expect(left).toEqual([]);
    expect(controller.calls).toEqual([]);
    terminal.type('q');
    await until('left by q', () => left.length === 1);
    terminal.type('\u0003');
    await until('left by Ctrl-C', () => left.length === 2);
    expect(left).toEqual([0, 130]);
  });

  it('rings once for a question and says it in the title', async () => {
    const store = midState();
    const { terminal, has } = show(store, 80, 24);
    await until('the screen', () => has('q quit'));
    tick(store, NOON + 500);
    await until('the title', () => terminal.title() === 'boss-tui production.boss');
    expect(terminal.bells()).toBe(0);
    const asked = { question: { is: 'confirm' as const }, title: 'Go on?', text: [] };
    setRelease(store, { ...midRelease(), decisions: { d: decision('d', asked) } });
    await until('the call', () => terminal.title() === '(!) answer: Go on? · boss-tui production.boss');
    tick(store, NOON + 1_000);
    setRelease(store, midRelease());
    await until('the plain title', () => terminal.title() === 'boss-tui production.boss');
    expect(terminal.bells()).toBe(1);
  });

  it('is lent to a machine: nothing is drawn or read meanwhile, and it is whole afterwards', async () => {
    const store = midState({ session: { ...session, machine: 'endpoint.production.boss' } });
    const gone = Promise.withResolvers<string>();
    let bytesThen = 0;
    const { app, terminal, left, controller, has } = show(store, 160, 45, (to, lend) =>
      lend(async () => {
        await until('the normal screen', () => to.screen() === 'normal' && !to.cursorHidden());
        to.stdout.write('\r\n\r\ninside\u001b]0;inside\u0007');
        bytesThen = to.bytes();
        return gone.promise;
      }),
    );
    await until('the screen', () => has('MAINTENANCE 1h12m'));
    terminal.type('x');
    await until('the machine', () => has('inside'));
    // The world goes on, and asks; what is typed is typed to the machine.
    tick(store, NOON + 61_000);
    const asked = { question: { is: 'confirm' as const }, title: 'Go on?', text: [] };
    setRelease(store, { ...midRelease(), decisions: { d: decision('d', asked) } });
    terminal.type('q');
    // What is to be drawn of it has been drawn now, if it ever is.
    await app.flush();
    expect(terminal.bytes()).toBe(bytesThen);
    expect(terminal.bells()).toBe(0);
    expect(terminal.title()).toBe('inside');
    setRelease(store, { ...midRelease(), decisions: {} });
    gone.resolve('Back from it.');
    await until('the panel', () => has('Back from it.') && has('MAINTENANCE 1h13m'));
    expect(terminal.screen()).toBe('alternate');
    expect(terminal.cursorHidden()).toBe(true);
    expect(terminal.rows()[0]).toContain('PRODUCTION');
    expect(has('inside')).toBe(false);
    await until('its own title', () => terminal.title() === 'boss-tui production.boss');
    expect([left, controller.calls]).toEqual([[], []]);
    terminal.type('q');
    await until('it is read again', () => left.length === 1);
  });

  it('that is lent when the panel ends is taken back first', async () => {
    const store = midState({ session: { ...session, machine: 'endpoint.production.boss' } });
    const gone = Promise.withResolvers<string>();
    const { app, terminal, has } = show(store, 80, 24, (_, lend) => lend(() => gone.promise));
    await until('the screen', () => has('q quit'));
    terminal.type('x');
    await until('the normal screen', () => terminal.screen() === 'normal');
    const unmounted = app.unmount();
    gone.resolve('');
    await unmounted;
    await until('the normal screen again', () => terminal.screen() === 'normal' && !terminal.cursorHidden());
  });

  it('that stops reading gets no more frames, and a whole one when it reads again', async () => {
    const store = midState();
    const { terminal, has } = show(store, 160, 45);
    await until('the screen', () => has('MAINTENANCE 1h12m'));
    terminal.reads(false);
    const before = terminal.bytes();
    for (let minute = 1; minute <= 30; minute += 1) {
      tick(store, NOON + minute * 60_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // At most the frame that was under way.
    expect(terminal.bytes() - before).toBeLessThan(20_000);
    expect(has('MAINTENANCE 1h12m')).toBe(true);
    terminal.reads(true);
    await until('the newest frame, whole', () => has('MAINTENANCE 1h42m') && has('q quit'));
    expect(terminal.rows().filter((row) => row.includes('▸ Runbook'))).toHaveLength(1);
    expect(terminal.scrolled()).toBe(0);
  });
});
