import { expect, it } from 'vitest';
import { openTerminal } from '../../../src/clients/script/terminal.ts';

it('gives the whole output where each piece takes longer to write than the terminal would wait', async () => {
  // The script has ended long before its last pieces are written: they wait in the kernel.
  const pieces: Buffer[] = [];
  let bytesRead = 0;
  const blocked = new Int32Array(new SharedArrayBuffer(4));
  const command = {
    file: '/bin/sh',
    args: ['-c', 'head -c 60000 /dev/zero | tr "\\0" x; echo end'],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  };
  const terminal = openTerminal(command, (bytes) => {
    pieces.push(bytes);
    bytesRead += bytes.length;
    if (bytesRead > 48_000) Atomics.wait(blocked, 0, 0, 250);
  });
  expect(await terminal.exited).toBe(0);
  expect(Buffer.concat(pieces).toString()).toBe(`${'x'.repeat(60_000)}end\r\n`);
});
