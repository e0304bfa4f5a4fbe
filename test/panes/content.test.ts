import { describe, expect, it } from 'vitest';
import { type Line, lineText, lineWidth, spansOf } from '../../components/line.tsx';
import { cacheLines, wayLines } from '../../panes/CachePane.tsx';
import { contentOf } from '../../panes/dialogContent.ts';
import { evidenceLines, gateLines } from '../../panes/proofLines.ts';
import { stackColumns, stackLine } from '../../panes/StacksPane.tsx';
import { stepText } from '../../panes/StepPane.tsx';
import { dialogOf } from '../../src/store/dialog.ts';
import type { Store } from '../../src/store/store.ts';
import type { Asked, CacheWay, Evidence } from '../../src/store/types.ts';
import { setUi } from '../../src/store/updates.ts';
import {
  askedState,
  attempt,
  caches,
  cardOf,
  change,
  gate,
  midLive,
  midRelease,
  midState,
  NOON,
  plan,
  reviewState,
  session,
  stackRow,
  step,
} from '../support/states.ts';

type TunnelState = Extract<CacheWay, { is: 'tunnel' }>['tunnel'];

const textOf = (lines: readonly Line[]): readonly string[] => lines.map((line) => lineText(line).trimEnd());

function contentIn(store: Store, width = 80) {
  const state = store.getState();
  const dialog = dialogOf(state);
  if (!dialog) throw new Error('Nothing is in front.');
  return contentOf(state, dialog, width);
}
const bodyOf = (asked: Asked) => contentIn(askedState(asked)).body;

describe('taking over', () => {
  const lock = {
    id: 'l',
    pid: 7,
    processStart: '1',
    bootId: 'b',
    host: 'there',
    user: 'you',
    sinceMs: NOON - 3_600_000,
  };
  const said = (lives: 'here' | 'elsewhere' | 'ended' | undefined) => {
    const holder = lives && { ...lock, lives };
    const state = midState({ session: { ...session, role: 'watcher', holder } });
    setUi(state, { prompt: { is: 'takeOver', from: holder?.id } });
    return textOf(contentIn(state).body).join('\n');
  };

  it('says who holds it, since when, and what can be told of them from here', () => {
    expect(said('here')).toMatch(/you@there, process 7 operates since .*, 1h00m ago/);
    expect(said('here')).toMatch(/even if it was\s+stopped and wakes later/);
    expect(said('elsewhere')).toMatch(/another machine: nothing here can tell[\s\S]*End it there first/);
    expect(said('ended')).toMatch(/ended without giving the lock back/);
    expect(said(undefined)).toMatch(/^Nobody operates here/);
  });
});

describe('a question', () => {
  const typed = { is: 'typed' as const, expected: 'RedisProductionBoss' };

  it('about a plan says first what may be lost, then the command', () => {
    const body = bodyOf({
      question: typed,
      title: 'Delete redis',
      text: ['$ ./cloudformation.py delete production.boss redis', 'Cache is deleted with what it holds.'],
    });
    expect(textOf(body)).toEqual([
      '✖ Cache is deleted with what it holds.',
      '$ ./cloudformation.py delete production.boss redis',
    ]);
    expect(spansOf(body[0] ?? '').every(({ colour }) => colour === 'red' || colour === undefined)).toBe(true);
  });

  it('shows a diff with its indents and its colours', () => {
    const choose = { is: 'choose' as const, options: [{ id: 'take', label: 'Take' }], recommended: 'take' };
    const diff = ['diff --git a/x b/x', '@@ -1 +1 @@', '   "Version": 1,', '-    "Sid": ""', '+    "Sid": "a"'];
    const body = bodyOf({ question: choose, title: 'Review', text: ['DANGER x is empty.', ...diff] });
    expect(textOf(body).slice(0, 6)).toEqual(['✖ DANGER x is empty.', ...diff]);
    const colours = body.slice(1, 6).map((line) => spansOf(line).at(-1)?.colour);
    expect(colours).toEqual([undefined, 'cyan', undefined, 'red', 'green']);
  });

  it('says nothing twice', () => {
    const choose = { is: 'choose' as const, options: [{ id: 'retry', label: 'Try again' }], recommended: 'retry' };
    const body = bodyOf({ question: choose, title: 'Preview', text: ['It was rejected.', 'It was rejected.'] });
    expect(textOf(body).filter((line) => line === 'It was rejected.')).toHaveLength(1);
  });
});

describe('a card', () => {
  it('shows no command of what is so already, and no key that does nothing there', () => {
    const card = cardOf('maintenanceOn');
    const steps = card.steps.map((each) => ({
      ...each,
      plan: plan({ commands: ['./maintenance.py on production.boss'], alreadyDone: true }),
      gates: [gate()],
    }));
    const body = textOf(contentIn(midState({ live: { ...midLive, card: { ...card, steps } } })).body).join('\n');
    expect(body).toContain('already so: only proved');
    expect(body).not.toContain('./maintenance.py');
    expect(body).toContain('The cache is drained');
    expect(body).not.toContain('goes on without it');
  });
});

it('a step whose gate was overridden does not claim that it held', () => {
  const release = midRelease();
  const known = release.steps['3.2'];
  if (!known) throw new Error('There is no step 3.2.');
  const rows = (overridden: readonly string[]) => {
    const attempts = known.attempts.map((each) => ({ ...each, overridden }));
    const steps = { ...release.steps, '3.2': { ...known, attempts } };
    const state = midState({ release: { ...release, steps }, live: { ...midLive, gates: {} } }).getState();
    return textOf(stepText(state, 100).head).filter((row) => /leads to the maintenance page/.test(row));
  };
  expect(rows([])).toEqual(['✔ The public name still leads to the maintenance page']);
  expect(rows(['maintenance'])).toEqual(['! The public name still leads to the maintenance page: overridden']);
});

describe('a review', () => {
  it('sets values apart that are too long for one row, and leaves the others in one', () => {
    const [before, after] = [`[${'"a",'.repeat(20)}"b"]`, '["b"]'];
    const details = [
      `Properties.KeySchema: ${before} → ${after} (by Keys) [recreation Always]`,
      'Properties.Size: 1 → 2',
    ];
    const { body } = contentIn(reviewState([change('danger', 'Table', { details })]), 70);
    const rows = textOf(body);
    const at = rows.indexOf('    Properties.KeySchema (by Keys) [recreation Always]');
    expect(rows.slice(at, at + 5)).toEqual([
      '    Properties.KeySchema (by Keys) [recreation Always]',
      `    - ${before.slice(0, 64)}`,
      `      ${before.slice(64)}`,
      `    + ${after}`,
      '    Properties.Size: 1 → 2',
    ]);
  });

  it('cuts off nothing of what happens to a resource', () => {
    const long = change('warn', 'EndpointConfiguration', {
      resourceType: 'AWS::AutoScaling::LaunchConfiguration',
      replacement: 'True',
      policyAction: 'ReplaceAndDelete',
      usual: true,
    });
    const { body } = contentIn(reviewState([long]), 70);
    expect(body.every((line) => lineWidth(line) <= 70)).toBe(true);
    expect(textOf(body)).toContain('    replacement True · policy ReplaceAndDelete');
  });
});

describe('proof', () => {
  const row = (label: string, value: string): Evidence => ({ label, value, tone: 'plain' });

  it('stands in one column, however long the names of servers are', () => {
    const lines = textOf(evidenceLines([row('8.8.8.8', 'old'), row('ns-1798.awsdns-32.co.uk', 'new')], 58));
    expect(lines[0]?.indexOf('old')).toBe(lines[1]?.indexOf('new'));
  });

  it('goes below a label that leaves it no room', () => {
    const lines = textOf(evidenceLines([row('http://api.theboss.io/', '200, the maintenance page')], 33));
    expect(lines.map((line) => line.replace(/^./, ''))).toEqual([
      ' http://api.theboss.io/',
      '   200, the maintenance page',
    ]);
  });

  it('names the lines of one output once', () => {
    const lines = textOf(evidenceLines([row('Output', 'first'), row('Output', 'second')], 58));
    expect(lines).toEqual(['  Output  first', '          second']);
  });

  it('of a gate follows the way past it', () => {
    const lines = textOf(gateLines(gate(), 60));
    const at = (words: string) => lines.findIndex((line) => line.includes(words));
    expect(at('It goes on by itself when this holds.')).toBeGreaterThan(0);
    expect(at('O goes on without it, by typing')).toBeLessThan(at('WRITE-CUBOID'));
  });
});

describe('the step', () => {
  it('that another way made done does not look failed', () => {
    const release = midRelease();
    const failed = { is: 'failed' as const, summary: 'The update of redis failed.', evidence: [] };
    const done = step('2.1', {
      status: 'done',
      closedAs: 'byFallback',
      closedAtMs: NOON,
      note: 'Delete and create redis',
      attempts: [attempt({ verdict: failed })],
    });
    const store = midState({ release: { ...release, steps: { ...release.steps, '2.1': done } } });
    const state = store.getState();
    const { head } = stepText({ ...state, ui: { ...state.ui, selectedStageId: 'redis' } }, 58);
    expect(textOf(head).slice(0, 3)).toEqual([
      '✔ done by the other way',
      '  Delete and create redis',
      'before: The update of redis failed.',
    ]);
  });

  it('keeps what a step is at in sight, however long its command is', () => {
    const release = midRelease();
    const commands = [`Subscribe 31: ${'email:somebody@example.org, '.repeat(31)}`];
    const running = step('3.2', { status: 'running', attempts: [attempt({ plan: plan({ commands }) })] });
    const live = { ...midLive, progress: { '3.2': { text: 'Waits for 2 confirmations' } } };
    const { head } = stepText(midState({ release: { ...release, steps: { '3.2': running } }, live }).getState(), 58);
    const text = textOf(head);
    expect(text.filter((line) => line.includes('somebody@')).length).toBeLessThan(4);
    expect(text).toContainEqual(expect.stringMatching(/^ {2}… \d+ more rows$/));
    expect(text).toContain('Waits for 2 confirmations');
  });

  it('says how the release ended, how long it took and where its record is', () => {
    const release = { ...midRelease(), closed: { as: 'finished' as const, atMs: NOON } };
    const { title, head } = stepText(midState({ release }).getState(), 58);
    expect(title).toBe('Release finished');
    const text = textOf(head);
    expect(text[0]).toBe('✔ The release is finished.');
    expect(text[1]).toMatch(/^It took 2h13m: 6 stages done, 4 skipped, \d+ open\.$/);
    expect(text).toContain('! MAINTENANCE for 1h12m');
    expect(text).toContain('q leaves.');
    expect(text).toContain('boss-tui report 2026-08-01-1');
  });
});

describe('a stack', () => {
  it('whose operation was over before anybody looked has no empty bar', () => {
    const over = stackRow('core', 'UPDATE_COMPLETE', { startedAtMs: NOON, endedAtMs: NOON, done: 0, total: 0 });
    expect(lineText(stackLine(over, stackColumns([over], 90), NOON))).not.toContain('0/0');
  });
});

describe('the caches behind a tunnel', () => {
  const through = 'endpoint.production.boss';
  const way = (tunnel: TunnelState) => textOf(wayLines({ is: 'tunnel', through, tunnel }, NOON, 60));

  it('say how it stands', () => {
    expect(wayLines({ is: 'direct' }, NOON, 60)).toEqual([]);
    expect(way({ is: 'idle' })).toEqual(['tunnel by endpoint.production.boss']);
    expect(way({ is: 'connecting', sinceMs: NOON - 3_000 })).toEqual(['… connecting, 3s by endpoint.production.boss']);
    expect(way({ is: 'up', sinceMs: NOON - 125_000 })).toEqual(['✔ tunnel up 2m05s by endpoint.production.boss']);
  });

  it('say why it is broken and when it is tried again', () => {
    const reason = 'the connection was lost; it is made again by itself';
    expect(
      way({ is: 'broken', sinceMs: NOON, reason, nextTryMs: NOON + 12_000 })
        .join(' ')
        .replace(/ +/g, ' '),
    ).toBe(`✖ tunnel by endpoint.production.boss is broken: ${reason}; tried again in 12s`);
    expect(
      way({ is: 'broken', sinceMs: NOON, reason, nextTryMs: NOON - 1 })
        .join(' ')
        .replace(/ +/g, ' '),
    ).toContain('tried again now');
  });

  it('say how fast a cache drains and when it is empty, and why its passes are void, while users are away', () => {
    const [cache] = caches.value ?? [];
    if (!cache) throw new Error('There is no cache.');
    const pass = (ago: number, count: number) => ({
      runId: 'r',
      startedAtMs: NOON - ago - 500,
      endedAtMs: NOON - ago,
      keys: 9,
      counts: { 'WRITE-CUBOID*': count },
      samples: {},
    });
    const draining = { ...cache, runId: 'r', passes: [pass(40_000, 460), pass(0, 60)] };
    const lines = (look: typeof draining, isDown: boolean) =>
      textOf(cacheLines(look, NOON, 60, { speed: 1, isDown })).join('\n');
    expect(lines(draining, true)).toContain('10 drain a second, empty in about 6s');
    expect(lines(draining, false)).not.toContain('drain');
    const voidedBy = 'another process serves it now (a failover or a restart)';
    const void1 = { ...draining, voidBeforeMs: NOON - 1_000, voidedBy };
    expect(lines(void1, true).replace(/\s+/g, ' ')).toContain(`passes before are void: ${voidedBy}`);
  });

  it('say of none that holds nothing to lose that its passes are void', () => {
    const session = (caches.value ?? []).find(({ name }) => name === 'cache-session');
    if (!session) throw new Error('There is no cache-session.');
    const again = { ...session, runId: 'new', passes: [], voidedBy: 'another process serves it now' };
    expect(textOf(cacheLines(again, NOON, 60, { speed: 1, isDown: true })).join('\n')).not.toContain('void');
  });

  it('do not each say the same when it is broken', () => {
    const [cache] = caches.value ?? [];
    if (!cache) throw new Error('There is no cache.');
    const cut = { ...cache, error: 'Cache cache could not be looked at: the connection was lost.' };
    expect(textOf(cacheLines(cut, NOON, 60, { speed: 1 })).join()).toContain('the connection was lost');
    const lines = textOf(cacheLines(cut, NOON, 60, { speed: 1, isCut: true }));
    expect(lines[0]).toContain('cache out of reach');
    expect(lines.join()).not.toContain('the connection was lost');
  });
});
