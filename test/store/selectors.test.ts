import { describe, expect, it } from 'vitest';
import { dialogOf, draftOf } from '../../src/store/dialog.ts';
import { foreignOperations } from '../../src/store/foreign.ts';
import { attention, dnsClass, dnsTarget, notices } from '../../src/store/notices.ts';
import {
  currentStage,
  modalDecision,
  openDecision,
  openDecisions,
  selectedStage,
  stageById,
  stagesDone,
  stepAt,
  unmetNeeds,
  waitsFor,
} from '../../src/store/selectors.ts';
import type { AttemptState } from '../../src/store/types.ts';
import { ask, editDialog, focusPane, scrollPane, setAside, setObserved, setUi, tick } from '../../src/store/updates.ts';
import {
  askedState,
  attempt,
  cardOf,
  decision,
  dnsLook,
  gate,
  liveRows,
  midLive,
  midObserved,
  midRelease,
  midState,
  NOON,
  newRelease,
  session,
  silencing,
  stackRow,
  step,
  storeWith,
  turningRows,
  unmuting,
} from '../support/states.ts';

const asked = { question: { is: 'confirm' as const }, title: 'Go on?', text: [] };

describe('where the release is', () => {
  it('begins at the first stage that may run', () => {
    expect(currentStage(storeWith().getState())?.key).toBe('i');
  });

  it('follows the running stage, rather the one that works than one that waits for its gate', () => {
    const release = midRelease();
    const silence = { id: 'silence', status: 'running' as const, run: 1, startedAtMs: NOON - 1, endedAtMs: undefined };
    const store = midState({ release: { ...release, stages: { ...release.stages, silence } } });
    store.setState({ live: { ...midLive, at: { ...midLive.at, silence: { stepId: 's.1', waits: 'gate' } } } });
    expect(currentStage(store.getState())?.id).toBe('api');
  });

  it('goes to the stage whose question is the oldest', () => {
    const release = midRelease();
    const late = decision('late', asked, { stageId: 'api', askedAtMs: NOON });
    const early = decision('early', asked, { stageId: 'iam', askedAtMs: NOON - 9 });
    const store = midState({ release: { ...release, decisions: { late, early } } });
    expect(currentStage(store.getState())?.id).toBe('iam');
    expect(openDecisions(store.getState()).map(({ id }) => id)).toEqual(['early', 'late']);
  });

  it('stays where the operator put the cursor', () => {
    const store = midState();
    setUi(store, { selectedStageId: 'core' });
    expect(selectedStage(store.getState())?.id).toBe('core');
  });

  it('counts what is done or skipped, and what a stage still needs', () => {
    const state = midState().getState();
    expect(stagesDone(state).total).toBe(24);
    expect(stagesDone(state).done).toBe(10);
    const six = stageById(state, 'cloudwatch');
    expect(six && unmetNeeds(state, six).map(({ key }) => key)).toEqual(['5']);
  });

  it('finds the step of a stage: the one that runs, that failed, that is next', () => {
    const state = midState().getState();
    const api = stageById(state, 'api');
    expect(api && stepAt(state, api)?.id).toBe('3.2');
    const release = newRelease({ steps: { ...newRelease().steps, '3.1': step('3.1', { status: 'failed' }) } });
    expect(api && stepAt(storeWith({ release }).getState(), api)?.id).toBe('3.1');
  });
});

describe('questions', () => {
  const release = () => ({
    ...midRelease(),
    decisions: {
      answered: decision('answered', asked, { answer: { is: 'confirmed' } }),
      withdrawn: decision('withdrawn', asked, { withdrawn: true }),
      open: decision('open', asked),
      newer: decision('newer', asked, { askedAtMs: NOON }),
    },
  });

  it('are the oldest that is neither answered nor withdrawn', () => {
    expect(openDecision(midState({ release: release() }).getState())?.id).toBe('open');
  });

  it('left waiting give way to the next, and stay open', () => {
    const store = midState({ release: release() });
    setAside(store, 'open', true);
    expect(modalDecision(store.getState())?.id).toBe('newer');
    setAside(store, 'newer', true);
    expect(modalDecision(store.getState())).toBeUndefined();
    expect(openDecision(store.getState())?.id).toBe('open');
  });

  it('never cover an open card, and never ask who only watches', () => {
    const store = midState({ release: release(), live: { ...midLive, card: cardOf('cachedb') } });
    expect(dialogOf(store.getState())?.is).toBe('card');
    const watcher = midState({ release: release(), session: { ...session, role: 'watcher' } });
    expect(dialogOf(watcher.getState())).toBeUndefined();
  });

  it('do not inherit what was typed into another', () => {
    const store = midState({ release: release() });
    editDialog(store, 'open', { input: 'secret words', cursor: 2 });
    expect(draftOf(store.getState(), 'newer')).toMatchObject({ input: '', cursor: undefined });
    editDialog(store, 'newer', { input: 'x' });
    expect(draftOf(store.getState(), 'newer')).toMatchObject({ input: 'x', cursor: undefined });
  });
});

describe('what is not normal', () => {
  const texts = (store: ReturnType<typeof storeWith>) => notices(store.getState()).map(({ text }) => text);

  it('say that the account is another, that its region has no stack, and that a watcher sees no release', () => {
    const { session, observed } = midState().getState();
    const accountError = 'The credentials are of the account 2, not of 1. Log in to it with the profile production.';
    expect(texts(midState({ session: { ...session, accountError } }))[0]).toBe(accountError);
    const value = observed.stacks.value?.map((row) => ({ ...row, stack: undefined }));
    const elsewhere = midState({ observed: { ...observed, stacks: { ...observed.stacks, value } } });
    expect(texts(elsewhere)).toContain('NO STACK OF production.boss IN us-east-1: CHECK THE REGION');
    const watching = { ...session, role: 'watcher' as const };
    const alone = 'NO RELEASE IS OPEN ON THIS MACHINE: THE WORLD ALONE IS SHOWN';
    expect(texts(midState({ session: watching, release: undefined }))).toContain(alone);
    for (const other of [midState({ session: watching }), midState({ release: undefined }), midState()])
      expect(texts(other)).not.toContainEqual(expect.stringMatching(/NO (RELEASE|STACK)|The credentials/));
  });

  it('is nothing when all is well', () => {
    const stacks = { ...midObserved.stacks, value: [stackRow('core', 'UPDATE_COMPLETE')] };
    expect(texts(storeWith({ observed: { ...midObserved, stacks, dns: dnsLook(liveRows) } }))).toEqual([]);
  });

  it('is maintenance, since its stage began, and the muted list', () => {
    const all = notices(midState().getState());
    expect(all.map(({ text }) => text)).toEqual(['MAINTENANCE', 'LIST MUTED 37']);
    const release = { ...midRelease(), closed: { as: 'abandoned' as const, atMs: NOON, note: '' } };
    const left = notices(midState({ release }).getState()).map(({ text }) => text);
    expect(left).toEqual(expect.arrayContaining(['LIST MUTED 37', 'RELEASE ABANDONED']));
    expect(all[0]?.sinceMs).toBe(NOON - 72 * 60_000);
  });

  it('counts who is silenced from the first one on, until each is told again', () => {
    const release = midRelease();
    const listOf = (silence: AttemptState['effects'], restore?: Partial<AttemptState>) => {
      const steps = {
        ...release.steps,
        's.1': step('s.1', {
          status: 'running',
          attempts: [attempt({ intendedAtMs: NOON - 9_000, effects: silence })],
        }),
        'r.1': step('r.1', { attempts: restore ? [attempt({ intendedAtMs: NOON, ...restore })] : [] }),
      };
      return texts(midState({ release: { ...release, steps } })).filter((text) => text.startsWith('LIST'));
    };
    expect(listOf({})).toEqual([]);
    expect(listOf(silencing('mute', 18))).toEqual(['LIST MUTED 18']);
    expect(listOf({ ...silencing('mute', 18), 'mute/arn:x': 'limit', 'remove/arn:x': true })).toEqual([
      'LIST MUTED 18, REMOVED 1',
    ]);
    expect(listOf(silencing('mute', 18), { effects: unmuting(5) })).toEqual(['LIST MUTED 13']);
    const done = { is: 'done' as const, summary: 'It is restored.', evidence: [] };
    expect(listOf(silencing('mute', 18), { verdict: done })).toEqual([]);
  });

  it('tells a half-turned name, a removed list, a strange endpoint and what the watchers say', () => {
    const release = midRelease();
    const store = midState({
      observed: { ...midObserved, dns: dnsLook(turningRows), troubles: ['CloudFormation throttles'] },
      release: {
        ...release,
        steps: { ...release.steps, 's.1': step('s.1', { attempts: [attempt({ effects: silencing('remove', 12) })] }) },
        paused: 'credentials ended',
      },
      session: { ...session, customEndpoint: 'http://proxy:1' },
      live: { ...midLive, trouble: 'the disk is full' },
    });
    expect(texts(store)).toEqual([
      'MAINTENANCE AT 4 OF 5 SERVERS',
      'LIST REMOVED 12',
      'PAUSED credentials ended',
      'AWS AT http://proxy:1',
      'the disk is full',
      'CloudFormation throttles',
    ]);
  });

  it('ends with the restore of the list', () => {
    const release = midRelease();
    const restored = step('r.1', { status: 'done', closedAs: 'done', closedAtMs: NOON });
    expect(texts(midState({ release: { ...release, steps: { ...release.steps, 'r.1': restored } } }))).toEqual([
      'MAINTENANCE',
    ]);
  });

  it('judges DNS by where the name is being led', () => {
    expect(dnsTarget(storeWith().getState())).toBeUndefined();
    expect(dnsTarget(midState().getState())).toBe('maintenance');
    expect(['maintenance', 'live', 'other', 'silent'].map((to) => dnsClass(to as 'live', 'maintenance'))).toEqual([
      'new',
      'old',
      'other',
      'silent',
    ]);
  });
});

describe('an operation on a stack', () => {
  const running = (minutesAgo: number) => ({
    ...{ startedAtMs: NOON - minutesAgo * 60_000, endedAtMs: undefined, done: 1, total: 4 },
  });
  const foreign = (config: string, minutesAgo: number, release = midState().getState().release) =>
    foreignOperations([stackRow(config, 'UPDATE_IN_PROGRESS', running(minutesAgo))], release);

  it('is ours where a step on that stack was at it when it began, and is else named as not ours', () => {
    expect(foreign('api', 3)).toEqual([]);
    expect(foreign('idindexing', 3)).toEqual([
      { config: 'idindexing', stackStatus: 'UPDATE_IN_PROGRESS', sinceMs: NOON - 180_000 },
    ]);
    // Before our step, or after it was done: somebody else's.
    expect(foreign('api', 300)).toHaveLength(1);
    expect(foreign('core', 1)).toHaveLength(1);
  });

  it('that is not ours stands in the header, with the time it takes', () => {
    const board = [stackRow('idindexing', 'DELETE_IN_PROGRESS', running(2))];
    const observed = midState().getState().observed;
    const state = midState({ observed: { ...observed, stacks: { ...observed.stacks, value: board } } }).getState();
    expect(notices(state)).toContainEqual({
      ...{ text: 'NOT OURS: idindexing DELETE_IN_PROGRESS', sinceMs: NOON - 120_000, tone: 'warn' },
    });
  });
});

describe('the call for the operator', () => {
  it('is silent while all goes on', () => expect(attention(midState().getState())).toBeUndefined());

  it('is a question, a pause, a stopped stage, a gate that only typing passes', () => {
    const release = midRelease();
    const call = (change: Parameters<typeof midState>[0]) => attention(midState(change).getState())?.title;
    expect(call({ release: { ...release, decisions: { d: decision('d', asked) } } })).toBe('answer: Go on?');
    expect(call({ release: { ...release, paused: 'credentials ended' } })).toBe('paused: credentials ended');
    const api = { id: 'api', status: 'stopped' as const, run: 1, startedAtMs: NOON, endedAtMs: NOON };
    expect(call({ release: { ...release, stages: { ...release.stages, api } } })).toBe('stopped: Update api');
    const at = { api: { stepId: '3.2', waits: 'gate' as const } };
    expect(call({ live: { ...midLive, at, gates: { '3.2': [gate()] } } })).toBe('waits: The cache is drained');
    expect(call({ live: { ...midLive, at, gates: { '3.2': [gate({ typed: undefined })] } } })).toBeUndefined();
  });

  it('is not repeated by news of a question that was left waiting', () => {
    const release = midRelease();
    const first = decision('3.2#1/pending/1', asked);
    const news = decision('3.2#1/pending/2', { ...asked, continues: first.id });
    const store = midState({ release: { ...release, decisions: { [first.id]: first } } });
    const { id } = attention(store.getState()) ?? {};
    setAside(store, first.id, true);
    store.setState({
      release: { ...release, decisions: { [first.id]: { ...first, withdrawn: true }, [news.id]: news } },
    });
    expect(attention(store.getState())?.id).toBe(id);
    expect(modalDecision(store.getState())).toBeUndefined();
    expect(openDecision(store.getState())?.id).toBe(news.id);
    setAside(store, first.id, false);
    expect(modalDecision(store.getState())?.id).toBe(news.id);
  });

  it('leaves what was typed into a question that news come of', () => {
    const release = midRelease();
    const first = decision('3.2#1/pending/1', asked);
    const news = decision('3.2#1/pending/2', { ...asked, continues: first.id });
    const store = midState({ release: { ...release, decisions: { [first.id]: first } } });
    const about = () => dialogOf(store.getState())?.about ?? '';
    editDialog(store, about(), { input: 'they are on leave' });
    store.setState({
      release: { ...release, decisions: { [first.id]: { ...first, withdrawn: true }, [news.id]: news } },
    });
    expect(dialogOf(store.getState())).toMatchObject({ decision: { id: news.id } });
    expect(draftOf(store.getState(), about()).input).toBe('they are on leave');
  });

  it('never calls a watcher', () => {
    const release = { ...midRelease(), decisions: { d: decision('d', asked) } };
    expect(attention(midState({ release, session: { ...session, role: 'watcher' } }).getState())).toBeUndefined();
  });
});

describe('stability', () => {
  it('gives the same references while their parts stay the same', () => {
    const store = midState();
    const before = store.getState();
    const read = () => [stagesDone, openDecisions, notices, currentStage].map((select) => select(store.getState()));
    const first = read();
    tick(store, NOON + 1_000);
    ask(store, { is: 'note' });
    expect(read().every((value, index) => value === first[index])).toBe(true);
    expect(store.getState().observed).toBe(before.observed);
    setObserved(store, { ...midObserved, troubles: ['x'] });
    expect(notices(store.getState())).not.toBe(first[2]);
  });

  it('brings a tab to the front with its focus, and forgets a scroll', () => {
    const store = midState();
    focusPane(store, 'dns');
    scrollPane(store, 'dns', 3);
    expect(store.getState().ui).toMatchObject({ focus: 'dns', tab: 'dns', scroll: { dns: 3 } });
    scrollPane(store, 'dns', undefined);
    focusPane(store, 'runbook');
    expect(store.getState().ui).toMatchObject({ focus: 'runbook', tab: 'dns', scroll: {} });
  });

  it('says what a stage waits for', () => {
    const live = { ...midLive, at: { api: { stepId: '3.2', waits: 'gate' as const } }, gates: { '3.2': [gate()] } };
    const state = midState({ live }).getState();
    const api = stageById(state, 'api');
    expect(api && waitsFor(state, api)).toBe('waits: The cache is drained');
    const asked = askedState({ title: 'Which?', text: [], question: { is: 'confirm' } }).getState();
    expect(api && waitsFor(asked, api)).toBe('asks you');
    const watched = { ...asked, session: { ...asked.session, role: 'watcher' as const } };
    expect(api && waitsFor(watched, api)).toBe('asks the operator');
  });
});
