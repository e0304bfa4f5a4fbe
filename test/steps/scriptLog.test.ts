import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogScan } from '../../src/steps/scriptLog.ts';

const scanned = (...pieces: readonly string[]) => {
  const scan = createLogScan();
  for (const piece of pieces) scan.push(piece);
  return scan.findings();
};

describe('the log of a script', () => {
  it('tells that there was nothing to do', () => {
    expect(scanned('\u001b[34m INFO: No changes detected, nothing to update\u001b[0m\r\n').noChanges).toBe(true);
    expect(scanned('Updated stack\r\n').noChanges).toBe(false);
  });

  it('tells of a lambda that is not there, which is printed in passing', () => {
    const line =
      'Error updating downsampleVolumeLambda-production-boss: An error occurred (ResourceNotFoundException) when calling the UpdateFunctionCode operation: Function not found: arn';
    expect(scanned(`ok\r\n${line}\r\nmore\r\n`).functionNotFound).toEqual([line]);
  });

  it('tells of an image that fell back to the latest', () => {
    const line = "Could not locate AMI 'activities.boss-sprint42', trying to find the latest h* AMI";
    expect(scanned(`${line}\r\n`).amiFellBack).toEqual([line]);
  });

  it('finds the same whatever pieces it comes in', () => {
    const text =
      "\\ Working on redis\r        \rCould not locate AMI 'a', trying to find the latest\r\n INFO: No changes detected, nothing to update\r\nbye";
    const whole = scanned(text);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        expect(scanned(...pieces)).toEqual(whole);
      }),
    );
  });

  it('keeps the last lines as the terminal showed them', () => {
    expect(scanned('/ Working on redis\r              \rBoss Manage Error: Status\r\n\r\n\u001b[0m').lastLines).toEqual(
      ['Boss Manage Error: Status'],
    );
  });

  it('gives the unfinished line with its place in bytes', () => {
    const scan = createLogScan();
    scan.push('größer\r\n/ Working\r         \rApply Update? [y/N]: ');
    const end = Buffer.byteLength('größer\r\n/ Working\r         \rApply Update? [y/N]: ');
    expect(scan.unfinished(end)).toEqual({
      line: 'Apply Update? [y/N]: ',
      byteOffset: Buffer.byteLength('größer\r\n'),
    });
  });

  it('keeps a line that never ends by its end alone, with the place where it began', () => {
    const scan = createLogScan();
    const before = 'größer\r\n';
    const piece = 'words 🙂 without an end, '.repeat(500);
    scan.push(before);
    for (let n = 0; n < 10; n += 1) scan.push(piece);
    const end = Buffer.byteLength(before) + 10 * Buffer.byteLength(piece);
    const { line, byteOffset } = scan.unfinished(end);
    expect(byteOffset).toBe(Buffer.byteLength(before));
    expect(line.length).toBeLessThan(10_000);
    expect(piece.endsWith(line.slice(-1_000))).toBe(true);
    scan.push('\r\nbye');
    expect(scan.unfinished(end + 5)).toEqual({ line: 'bye', byteOffset: end + 2 });
  });

  it('keeps the first lines of a kind, however many there are', () => {
    const line = 'ResourceNotFoundException: Function not found: arn';
    const { functionNotFound, lastLines } = scanned(...Array.from({ length: 100 }, (_, n) => `${line} ${n}\r\n`));
    expect(functionNotFound).toHaveLength(20);
    expect(functionNotFound[0]).toBe(`${line} 0`);
    expect(lastLines.at(-1)).toBe(`${line} 99`);
  });
});
