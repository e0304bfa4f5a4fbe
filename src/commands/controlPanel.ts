import { flushCompileCache } from 'node:module';
import { mountApp } from '../../panes/mount.tsx';
import type { ReleaseController } from '../release/controller.ts';
import type { Controller } from '../release/state.ts';
import type { Store } from '../store/store.ts';
import { say } from '../store/updates.ts';
import type { OpenSession } from './session.ts';
import { createStore, type Setup } from './setup.ts';

const OPENING = 'Still opening the release; press again in a moment.';
const WATCHING = 'This panel only watches.';

/** How a control panel was left. */
export interface Left {
  readonly exitCode: number;
  /** The release was finished or abandoned meanwhile. */
  readonly released: boolean;
}

/** Opens the full screen on a bosslet and stays until the operator leaves. */
export async function controlPanel(
  setup: Setup,
  folder: string,
  options: { readonly auto: boolean; readonly remark?: string | undefined },
): Promise<Left> {
  const store = createStore(setup);
  say(store, options.remark);
  const left = Promise.withResolvers<number>();
  const ended = new AbortController();
  let session: OpenSession | undefined;
  const late = lateController(store);
  const operate = async (controller: ReleaseController) => {
    late.become(controller);
    await controller.resume();
    void controller.preflight();
  };
  const app = mountApp({
    store,
    controller: late.controller,
    stdin: process.stdin,
    stdout: process.stdout,
    leave: left.resolve,
    enterMachine: async (lend) => {
      if (setup.readOnly) throw new Error('This panel only watches: enter the machine from the panel of the operator.');
      const ssh = session?.ssh;
      if (!ssh) throw new Error('Still opening the way into the machines; press again in a moment.');
      const command = await ssh.shell(ended.signal);
      const { runOnTerminal } = await import('../clients/ssh/onTerminal.ts');
      return lend(() => runOnTerminal(command, process.stdout, ended.signal));
    },
    takeOver: async (typed) => {
      if (!session) throw new Error(OPENING);
      const { controller } = await session.takeOver(typed);
      await operate(controller);
    },
    editFile: async (path, lend) => {
      const { runEditor } = await import('./editor.ts');
      return lend(() => runEditor(path, process.env, ended.signal));
    },
  });
  const onSignal = () => left.resolve(130);
  process.once('SIGTERM', onSignal).once('SIGHUP', onSignal);
  try {
    await app.flush();
    // Otherwise it is written at a clean exit only, and every start after a kill compiles everything again.
    flushCompileCache();
    // Everything that watches and acts is loaded after the first frame: it is most of the program.
    const { openSession } = await import('./session.ts');
    session = await openSession(setup, folder, store);
    if (session.desk.role === 'operator') {
      const { controller } = session.desk;
      await operate(controller);
      if (options.auto) void playAlong(store, controller, ended.signal);
    } else late.refuse();
    const exitCode = await Promise.race([left.promise, app.waitUntilExit().then(() => 0)]);
    return { exitCode, released: store.getState().release?.closed !== undefined };
  } finally {
    process.removeListener('SIGTERM', onSignal).removeListener('SIGHUP', onSignal);
    ended.abort(new Error('The control panel ends.'));
    await app.unmount();
    await session?.close();
  }
}

async function playAlong(store: Store, controller: Controller, signal: AbortSignal): Promise<void> {
  const { operateByScript } = await import('../release/scriptedOperator.ts');
  await operateByScript(store, controller, signal).catch((error: unknown) => {
    if (!signal.aborted) say(store, error instanceof Error ? error.message : String(error));
  });
}

/** The screen stands before there is anybody to ask; until then, and for whoever only watches, requests say why not. */
function lateController(store: Store) {
  let known: Controller | undefined;
  let wanted: string | undefined;
  let reason = OPENING;
  // One whose release was taken over keeps its controller to the end, and it may do nothing any more.
  const operating = () => (store.getState().session.role === 'operator' ? known : undefined);
  const request = <
    K extends 'confirmCard' | 'answer' | 'override' | 'cancel' | 'skipStage' | 'note' | 'finish' | 'abandon',
  >(
    name: K,
  ): Controller[K] =>
    ((...args: Parameters<Controller[K]>) => {
      const target = operating();
      return target
        ? (target[name] as (...all: typeof args) => Promise<void>)(...args)
        : Promise.reject(new Error(reason));
    }) as Controller[K];
  const controller: Controller = {
    openCard: (stageId) => {
      const target = operating();
      if (target) target.openCard(stageId);
      else if (reason === OPENING) wanted = stageId;
    },
    closeCard: () => {
      wanted = undefined;
      operating()?.closeCard();
    },
    preflight: async () => operating()?.preflight(),
    confirmCard: request('confirmCard'),
    answer: request('answer'),
    override: request('override'),
    cancel: request('cancel'),
    skipStage: request('skipStage'),
    note: request('note'),
    finish: request('finish'),
    abandon: request('abandon'),
  };
  return {
    controller,
    become: (real: Controller) => {
      known = real;
      reason = WATCHING;
      if (wanted !== undefined) real.openCard(wanted);
      wanted = undefined;
    },
    refuse: () => {
      wanted = undefined;
      reason = WATCHING;
    },
  };
}
