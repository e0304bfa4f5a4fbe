import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Live } from '../../src/release/live.ts';
import type { Seen } from '../../src/release/scriptedOperator.ts';
import type { Runbook } from '../../src/runbook/runbook.ts';

/** What a scripted operator sees at a desk without a screen. What the desk says of its release is put into it. */
export function sceneAt(runbook: Runbook, live: Live): StoreApi<Seen> {
  const scene = createStore<Seen>(() => ({ session: { runbook }, release: undefined, live: live.state }));
  live.subscribe((state) => scene.setState({ live: state }));
  return scene;
}
