import { expect, it } from 'vitest';
import { stopsOf } from '../../src/release/card.ts';
import type { Finding } from '../../src/steps/kind.ts';

const stop = (title: string, mendedBy?: string): Finding => ({
  level: 'stop',
  title,
  detail: title,
  cure: undefined,
  ...(mendedBy && { mendedBy }),
});

it('a release may begin with the one stage that mends what stops every other, and with that alone', () => {
  const stuck = stop('Stacks', 'continueRollback');
  expect(stopsOf([stuck], 'continueRollback')).toEqual([]);
  expect(stopsOf([stuck], 'core')).toEqual([stuck]);
  const account = stop('Account');
  expect(stopsOf([stuck, account], 'continueRollback')).toEqual([account]);
});
