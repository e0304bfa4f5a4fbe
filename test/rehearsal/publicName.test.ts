import { expect, it } from 'vitest';
import type { RecordChange } from '../../src/rehearsal/contract.ts';
import { maintenanceSince } from '../../src/rehearsal/publicName.ts';

const HOST = 'api.theboss.io';
const change = (atMs: number, value: string, name = `${HOST}.`): RecordChange => ({
  atMs,
  name,
  type: 'CNAME',
  ttlSeconds: 300,
  values: value === '' ? [] : [value],
});
const history = [
  change(10, 'elb'),
  change(20, 'CDN.'),
  change(25, 'cdn', 'other.theboss.io.'),
  change(30, 'cdn'),
  change(40, 'elb'),
  change(50, 'cdn'),
  change(60, ''),
];

it.each([
  [5, undefined],
  [15, undefined],
  [20, 20],
  [29, 20],
  [35, 20],
  [45, undefined],
  [55, 50],
  [65, undefined],
])('at %i the name has led to maintenance since %s', (atMs, since) => {
  expect(maintenanceSince(history, HOST, 'cdn', atMs)).toBe(since);
});
