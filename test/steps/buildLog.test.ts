import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildLogRow } from '../../src/steps/buildLog.ts';
import type { ReadContext } from '../../src/steps/kind.ts';

let checkout: string;
beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'boss-tui-logs-'));
  await mkdir(join(checkout, 'packer', 'logs'), { recursive: true });
});
afterAll(() => rm(checkout, { recursive: true, force: true }));

const FAILED =
  "Build 'amazon-ebs' errored: Timeout waiting for SSH.\n==> Builds finished but no artifacts were created.\n";

it.each([
  ['that failed', FAILED, 0, /^failed: Build 'amazon-ebs' errored: Timeout waiting for SSH\.$/],
  ['that stops', '==> amazon-ebs: Provisioning with Salt...\n', 0, /^stops in the middle of its build: ==> .*Salt/],
  ['that is empty', '', 0, /^stops in the middle of its build: it is empty$/],
  ['that nobody wrote', undefined, 0, /^never appeared: there is no .*auth\.log$/],
  // A step that was intended an hour after the log was written, by a clock that has come there.
  ['of another build', FAILED, -1, /^is of an older build: Build/],
])('the log of a build %s says so beside the image that is missing', async (_name, text, agoMs, expected) => {
  const file = join(checkout, 'packer', 'logs', 'auth.log');
  await rm(file, { force: true });
  if (text !== undefined) await writeFile(file, text);
  const since = agoMs < 0 ? await later(file) : 0;
  const context = { bosslet: { bossManage: checkout } } as Partial<ReadContext> as ReadContext;
  expect(await buildLogRow(context, 'auth', since)).toMatchObject({
    label: 'auth.log',
    value: expect.stringMatching(expected),
    tone: 'danger',
  });
});

/** A moment after the file was written that is over by now. */
async function later(file: string): Promise<number> {
  const hourAgo = new Date(Date.now() - 3_600_000);
  await utimes(file, hourAgo, hourAgo);
  return Date.now() - 1_000;
}
