import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { stagesOf, stepsOf } from '../../src/runbook/runbook.ts';
import { runbookFor } from '../../src/runbook/runbookFor.ts';
import { PRODUCTION } from './bosslets.ts';
import { PROCEDURE } from './procedure.ts';

const lines = async () => {
  const text = await readFile(new URL('UpdatingProduction.md', import.meta.url), 'utf8');
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
};

describe('the written procedure', () => {
  it('has each of its non-blank lines in the table, in order, and the table has no other', async () => {
    expect(PROCEDURE.map(([line]) => line)).toEqual(await lines());
  });

  it('names only steps that the runbook has', () => {
    const ids = new Set(stagesOf(runbookFor(PRODUCTION)).flatMap((stage) => stepsOf(stage.steps).map(({ id }) => id)));
    const named = PROCEDURE.flatMap(([, does]) => ('why' in does ? [] : does));
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('gives a reason where a line has no step', () => {
    const reasons = PROCEDURE.flatMap(([, does]) => ('why' in does ? [does.why] : []));
    expect(reasons.every((why) => why.length > 10)).toBe(true);
    const commands = PROCEDURE.filter(([line]) => /\.py /.test(line));
    expect(commands.filter(([, does]) => 'why' in does)).toEqual([]);
  });

  it('is done in its order: the stages of its lines never go back but to what a fallback repeats', () => {
    const order = stagesOf(runbookFor(PRODUCTION)).map(({ key }) => key);
    const keys = PROCEDURE.flatMap(([, does]) => ('why' in does ? [] : [does[0]?.split('.')[0] ?? '']));
    const firsts = keys.filter((key, index) => keys.indexOf(key) === index);
    // The page speaks of AMIs already where it explains tagging, which changes nothing of the order of the work.
    const ofPage = firsts.filter((key) => key !== 'a' && key !== '1');
    const ofRunbook = order.filter((key) => ofPage.includes(key));
    expect(ofPage).toEqual(ofRunbook);
  });
});
