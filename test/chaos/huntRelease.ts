import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bossletFolder } from '../../src/commands/stateFolder.ts';
import type { FaultName } from '../../src/rehearsal/faults.ts';
import { worldInProcess } from '../support/rehearsal.ts';
import { type Hunted, type HuntOptions, hunt } from './hunted.ts';
import { type WorldImage, worldImage } from './worldImage.ts';

/** A hunted release, with the world that it left. */
export interface HuntedRelease extends Hunted {
  readonly image: WorldImage;
  /** What it was before. */
  readonly imageBefore: WorldImage;
}

/** Hunts one release in an embedded world of its own. */
export async function huntRelease(
  options: Pick<HuntOptions, 'fates' | 'stages'> & {
    readonly speed: number;
    readonly from?: string;
    readonly faults?: readonly FaultName[];
    /** Stands between the program and the world's AWS. */
    readonly before?: (endpoint: string) => Promise<{ readonly url: string; close(): Promise<void> }>;
  },
): Promise<HuntedRelease> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-chaos-'));
  const { world, setup: direct } = await worldInProcess(folder, options);
  const between = await options.before?.(world.aws.url);
  const setup = between ? { ...direct, awsEndpoint: between.url } : direct;
  const sinceMs = setup.clock.now();
  try {
    const imageBefore = await worldImage(world, sinceMs);
    const hunted = await hunt({ ...options, setup, folder: bossletFolder(folder, setup.bosslet) });
    return { ...hunted, imageBefore, image: await worldImage(world, sinceMs) };
  } finally {
    await between?.close();
    await world.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Prints what a hunt came to. */
export function report(name: string, figures: Readonly<Record<string, number>>): void {
  const told = Object.entries(figures).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`chaos: ${name}: ${told.join(', ')}\n`);
}
