import type { ReleaseController } from '../release/controller.ts';
import type { Runbook } from '../runbook/runbook.ts';
import { stagesOf } from '../runbook/runbook.ts';
import { Failure } from './failure.ts';
import { openSession } from './session.ts';
import { createStore, type Setup } from './setup.ts';

/** Opens a release that has all stages before this one behind it, in a world that begins there, and leaves it. */
export async function beginBefore(setup: Setup, folder: string, stageId: string): Promise<void> {
  const store = createStore(setup);
  const session = await openSession(setup, folder, store);
  try {
    if (session.desk.role !== 'operator') throw new Failure('Somebody operates this rehearsal already.', 1);
    await session.desk.controller.preflight();
    await skipBefore(session.desk.controller, store.getState().session.runbook, stageId);
  } finally {
    await session.close();
  }
}

/** Skips every stage before this one. */
export async function skipBefore(controller: ReleaseController, runbook: Runbook, stageId: string): Promise<void> {
  for (const stage of stagesOf(runbook)) {
    if (stage.id === stageId) return;
    await controller.skipStage(stage.id, 'the rehearsal begins after it');
  }
}
