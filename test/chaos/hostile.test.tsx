import { afterEach, describe, expect, it } from 'vitest';
import { App } from '../../panes/App.tsx';
import { reportLines } from '../../src/commands/report.ts';
import { recordingProxy } from '../contract/recordingProxy.ts';
import { recordsIn } from '../support/records.ts';
import { type Rehearsal, rehearseFrom } from '../support/rehearsal.ts';
import { renderScreen } from '../support/screen.tsx';
import { noteController } from '../support/states.ts';
import { until } from '../support/until.ts';

/** Clears the screen, sets the title, answers a query, moves up, turns letters round, hides and fakes. */
const HOSTILE = [
  '\u001b[2J',
  '\u001b]0;owned\u0007',
  '\u001b[6n',
  '\u009b5A',
  '\u202egnp.exe',
  '\u200b',
  '\b\b\r✔ done',
  '\u001b]8;;http://evil',
].join('x');

/** Fields of AWS' answers whose text somebody outside may choose, and which nothing is compared with. */
const FIELDS = /<(ResourceStatusReason|StackStatusReason|StatusReason|Description|reason|Reason)>([^<]*)</g;
/** An event only names what it is about. */
const FIELDS_OF_EVENTS = /<(PhysicalResourceId)>([^<]*)</g;
const OWN_STACK = /arn:aws:cloudformation/;

const hostile = (whole: string, field: string, text: string) =>
  OWN_STACK.test(text) ? whole : `<${field}>${text}${HOSTILE}<`;

/** What may stand in nothing that is drawn or printed: any control but newline and tab, and what reorders or hides text. */
const FORBIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
/** Colours, and what Ink itself writes to move the cursor. */
const OWN_SEQUENCES = /\x1b\[[?\d;]*[A-Za-z]/g;

let rehearsal: Rehearsal | undefined;
let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await rehearsal?.end();
  await close?.();
});

describe('a release in which AWS says hostile things', () => {
  it('draws, prints and records none of them, and goes its way', async () => {
    let told = 0;
    rehearsal = await rehearseFrom({
      from: 'redis',
      faults: ['redis-size'],
      speed: 800,
      through: async (endpoint) => {
        const proxy = await recordingProxy(endpoint, (operation, body) => {
          const reasons = body.replace(FIELDS, hostile);
          const mended = operation === 'DescribeStackEvents' ? reasons.replace(FIELDS_OF_EVENTS, hostile) : reasons;
          if (mended !== body) told += 1;
          return mended;
        });
        close = () => proxy.close();
        return proxy.url;
      },
    });
    await rehearsal.play('redis');
    expect(rehearsal.release()?.closed?.as).toBe('finished');
    expect(told).toBeGreaterThan(10);

    const { observed, release } = rehearsal.store.getState();
    expect(textsIn({ observed, decisions: release?.decisions, live: rehearsal.store.getState().live })).toEqual([]);
    const [stored] = await recordsIn(rehearsal.bossletFolder)();
    if (!stored) throw new Error('No release was recorded.');
    expect(reportLines({ ...stored, rehearsal: true }).filter((line) => FORBIDDEN.test(line))).toEqual([]);

    const screen = renderScreen(<App store={rehearsal.store} controller={noteController()} leave={() => {}} />, {
      columns: 160,
      rows: 45,
    });
    try {
      await until('the first frame', () => screen.rows().join('').includes('Events'));
      const drawn = screen.raw().replaceAll(OWN_SEQUENCES, '');
      expect(drawn.split('\n').filter((row) => FORBIDDEN.test(row))).toEqual([]);
      expect(drawn).not.toMatch(/owned|evil/);
    } finally {
      screen.unmount();
    }
  });
});

/** Strings of a value that no screen may show. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return FORBIDDEN.test(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
