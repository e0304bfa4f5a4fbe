import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startDaemon } from '../support/servers.ts';
import { until } from '../support/until.ts';

/** A Knot DNS that serves the given zones with authority, on one port of 127.0.0.1 and ::1. */
export interface Knot {
  readonly port: number;
  /** Puts another text in the place of a zone's, with a serial number that is higher; it is served a moment later. */
  change(zone: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts Knot DNS; ready when `isReady` says so. A zone without a text is configured and has no file: it cannot be
 * answered for.
 */
export async function startKnot(
  zones: Readonly<Record<string, string | undefined>>,
  isReady: (port: number) => Promise<boolean>,
): Promise<Knot> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-knot-'));
  const port = await freePort();
  const names = Object.keys(zones);
  for (const [name, text] of Object.entries(zones))
    if (text !== undefined) await writeFile(join(folder, `${name}.zone`), text);
  const configuration = [
    'server:',
    `  rundir: "${folder}"`,
    `  listen: [127.0.0.1@${port}, "::1@${port}"]`,
    '  background-workers: 1',
    '  udp-workers: 1',
    '  tcp-workers: 1',
    'database:',
    `  storage: "${folder}"`,
    'log:',
    '  - target: stderr',
    '    any: warning',
    'template:',
    '  - id: default',
    `    storage: "${folder}"`,
    '    journal-content: none',
    'zone:',
    ...names.flatMap((name) => [`  - domain: ${name}`, `    file: "${name}.zone"`]),
    '',
  ];
  const file = join(folder, 'knot.conf');
  await writeFile(file, configuration.join('\n'));
  const daemon = startDaemon('knotd', ['-c', file]);
  await until('Knot DNS to answer', () => isReady(port)).catch((error: Error) => {
    throw new Error(`${error.message}\n${daemon.said()}`);
  });
  return {
    port,
    change: async (zone, text) => {
      await writeFile(join(folder, `${zone}.zone`), text);
      process.kill(daemon.pid, 'SIGHUP');
    },
    stop: async () => {
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
