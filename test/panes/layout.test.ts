import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Layout, layout } from '../../panes/layout.ts';
import { PANES, TABS } from '../../src/store/ui.ts';

const anyLook = fc.record({ notices: fc.boolean(), tab: fc.constantFrom(...TABS) });

/** Checks what holds at any size that is not too small. */
const onEveryScreen = (
  check: (places: Exclude<Layout, { readonly is: 'tooSmall' }>, columns: number, rows: number) => void,
) =>
  fc.assert(
    fc.property(fc.integer({ min: 60, max: 260 }), fc.integer({ min: 15, max: 90 }), anyLook, (columns, rows, look) => {
      const places = layout(columns, rows, look);
      if (places.is === 'tooSmall') throw new Error('not too small');
      check(places, columns, rows);
    }),
  );

describe('layout', () => {
  it('covers the screen exactly: every cell belongs to one part', () => {
    onEveryScreen((places, columns, rows) => {
      const taken = new Uint8Array(columns * rows);
      const take = (left: number, top: number, width: number, height: number) => {
        for (let y = top; y < top + height; y += 1)
          for (let x = left; x < left + width; x += 1) taken[y * columns + x]! += 1;
      };
      take(0, 0, columns, 1);
      if (places.noticesRow !== undefined) take(0, places.noticesRow, columns, 1);
      take(0, places.footerRow, columns, 1);
      for (const { left, top, width, height } of Object.values(places.panes)) take(left, top, width, height);
      expect(taken.every((count) => count === 1)).toBe(true);
    });
  });

  it('gives every pane room for three rows at least', () => {
    onEveryScreen((places) => {
      for (const { width, height } of Object.values(places.panes)) {
        expect(height).toBeGreaterThanOrEqual(5);
        expect(width).toBeGreaterThanOrEqual(24);
      }
    });
  });

  it('shows all six panes at 160×45, and runbook, step and one tab at 80×24 and 60×20', () => {
    const look = { notices: true, tab: 'dns' as const };
    const large = layout(160, 45, look);
    expect(large.is === 'all' && Object.keys(large.panes).sort()).toEqual([...PANES].sort());
    for (const [columns, rows] of [
      [80, 24],
      [60, 20],
    ] as const) {
      const small = layout(columns, rows, look);
      expect(small.is === 'tabs' && Object.keys(small.panes)).toEqual(['runbook', 'step', 'dns']);
    }
  });

  it.each([
    [59, 45],
    [160, 14],
    [20, 5],
  ])('says that %i×%i is too small', (columns, rows) => {
    expect(layout(columns, rows, { notices: false, tab: 'stacks' }).is).toBe('tooSmall');
  });
});
