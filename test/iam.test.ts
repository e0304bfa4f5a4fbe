import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { isRead } from '../src/clients/aws/guard.ts';
import { operationsOfDoors } from './contract/operations.ts';

/** The rows of a section's table, by their actions. */
async function actionsUnder(heading: string): Promise<readonly string[]> {
  const page = await readFile(new URL('../docs/IAM.md', import.meta.url), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([a-z0-9]+:\w+)` \| \S.* \|$/gm)].map(([, action = '']) => action);
}

/** As a policy names it: both generations of load balancers are one service there. */
const actionOf = (operation: string): string =>
  operation.replace('elasticloadbalancing-v2', 'elasticloadbalancing').replace(' ', ':');

it.each([
  ['Reading', true],
  ['Changing', false],
])('the rights that are written down under %s are what our doors call', async (heading, reads) => {
  const called = (await operationsOfDoors())
    .filter((operation) => isRead(operation.split(' ')[1] ?? '') === reads)
    .map(actionOf);
  expect(called.length).toBeGreaterThan(10);
  expect(await actionsUnder(heading)).toEqual([...new Set(called)].sort());
});
