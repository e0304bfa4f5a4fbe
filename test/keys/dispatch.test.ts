import { describe, expect, it } from 'vitest';
import { createDispatcher, SEEN_MS } from '../../src/keys/dispatch.ts';
import { dialogOf, dialogReading } from '../../src/store/dialog.ts';
import { selectedStage } from '../../src/store/selectors.ts';
import type { Store } from '../../src/store/store.ts';
import { setLive, setUi } from '../../src/store/updates.ts';
import { Secret } from '../../src/text/secret.ts';
import {
  askedState,
  cardOf,
  change,
  dangerousChange,
  gate,
  midLive,
  midObserved,
  midRelease,
  midState,
  NOON,
  noteController,
  plan,
  reviewState,
  session,
  stackRow,
  storeWith,
  updateApi,
} from '../support/states.ts';
import { until } from '../support/until.ts';

/** A dispatcher with a clock of its own and an operator who looks at what is in front. */
function desk(
  store: Store,
  {
    refuse,
    ...ways
  }: {
    refuse?: string;
    enterMachine?: () => Promise<void>;
    takeOver?: (typed: string) => Promise<void>;
    editFile?: (path: string) => Promise<void>;
  } = {},
) {
  let nowMs = 1_000;
  const left: number[] = [];
  const copied: string[] = [];
  const controller = noteController(refuse);
  const dispatcher = createDispatcher({
    store,
    controller,
    leave: (code) => left.push(code),
    now: () => nowMs,
    copy: (text) => copied.push(text),
    ...ways,
  });
  const see = () => {
    const dialog = dialogOf(store.getState());
    dispatcher.shown(dialog && dialogReading(store.getState(), dialog));
  };
  return {
    store,
    controller,
    left,
    copied,
    dispatcher,
    message: () => store.getState().ui.message,
    see,
    wait: (ms: number) => {
      nowMs += ms;
    },
    /** Chunks of plain characters; what they bring up is drawn, and looked at for long enough. */
    type: (...chunks: readonly string[]) => {
      for (const chunk of chunks) {
        dispatcher.input(chunk, chunk === '\u001b' ? { escape: true } : chunk === '\t' ? { tab: true } : {});
        see();
        nowMs += SEEN_MS;
      }
    },
    settled: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

const withCard = (card: Parameters<typeof cardOf>[1] = {}, stageId = 'cachedb') =>
  midState({ live: { ...midLive, card: cardOf(stageId, card) } });

describe('Enter on a card', () => {
  it('runs it once it was ready, drawn, and looked at for half a second', async () => {
    const at = desk(withCard());
    at.see();
    at.wait(SEEN_MS - 100);
    at.dispatcher.input('\r', { return: true });
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toContain('Read it first');
    at.wait(100);
    at.dispatcher.input('\r', { return: true });
    expect(at.controller.calls).toEqual([['confirmCard', { choices: {} }]]);
  });

  it('runs nothing while it is held down, and half a second after its release runs it', () => {
    const at = desk(withCard());
    at.see();
    for (let ms = 0; ms < 4_000; ms += 33) {
      at.dispatcher.input('\r', { return: true });
      at.wait(33);
    }
    at.dispatcher.input('\r\r\r', { return: true });
    expect(at.controller.calls).toEqual([]);
    at.wait(SEEN_MS);
    at.dispatcher.input('\r', { return: true });
    expect(at.controller.calls).toHaveLength(1);
  });

  it('takes a word with a double letter for typed, however fast it comes', () => {
    const at = desk(withCard({ typed: 'api.theboss.io' }));
    at.see();
    at.wait(SEEN_MS);
    for (const letter of 'api.theboss.io') at.dispatcher.input(letter, {});
    at.dispatcher.input('\r', { return: true });
    expect(at.controller.calls).toEqual([['confirmCard', { choices: {}, typed: 'api.theboss.io' }]]);
  });

  it('does nothing before the card was drawn, however long it is open', () => {
    const at = desk(withCard());
    at.wait(60_000);
    at.dispatcher.input('\r', { return: true });
    expect(at.controller.calls).toEqual([]);
  });

  it('does nothing while the card is being read', () => {
    const at = desk(withCard({ ready: false, readyAtMs: undefined }));
    at.type('\r');
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toBe('The card is still being read.');
  });

  it('never counts from the chunk that opened the card', () => {
    const store = midState();
    const at = desk(store);
    // A controller whose card is ready at once, the worst case.
    const open = { ...at.controller, openCard: (id: string) => setLive(store, { ...midLive, card: cardOf(id) }) };
    const dispatcher = createDispatcher({ store, controller: open, leave: () => {}, now: () => 0 });
    dispatcher.input('4\r', {});
    expect(dialogOf(store.getState())?.is).toBe('card');
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toContain('came up only now');
  });

  it('counts anew after new dangers opened it again', () => {
    const at = desk(withCard());
    at.see();
    at.wait(10_000);
    setLive(at.store, { ...midLive, card: cardOf('cachedb', { changed: true, readyAtMs: NOON + 9_000 }) });
    at.dispatcher.input('\r', { return: true });
    expect(at.controller.calls).toEqual([]);
    at.type('', '\r');
    expect(at.controller.calls).toHaveLength(1);
  });

  it('is not confirmed twice while the first Enter is being checked', () => {
    const at = desk(withCard());
    at.type('', '\r', '\r');
    expect(at.controller.calls).toHaveLength(1);
    expect(at.message()).toBe('Being checked: one moment.');
  });

  it('says why the controller refused', async () => {
    const at = desk(withCard(), { refuse: 'Read it again, this is new: a table is gone.' });
    at.type('', '\r');
    await at.settled();
    expect(at.message()).toBe('Read it again, this is new: a table is gone.');
  });

  it('wants the name of its target where the card is typed', () => {
    const at = desk(withCard({}, 'maintenanceOn'));
    at.type('', 'api.theboss.i', '\r');
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toBe('Type api.theboss.io exactly, or Esc to leave.');
    at.type('o', '\r');
    expect(at.controller.calls).toEqual([['confirmCard', { typed: 'api.theboss.io', choices: {} }]]);
  });

  it('wants a note out of order, and is refused where nothing overrides what blocks it', () => {
    const blocked = { blockedBy: ['core is not done'] };
    const at = desk(withCard(blocked));
    at.type('', '\r', 'the outage is short', '\r');
    expect(at.controller.calls).toEqual([['confirmCard', { note: 'the outage is short', choices: {} }]]);
    const never = desk(withCard({ ...blocked, overridable: false }));
    never.type('', '\r');
    expect(never.controller.calls).toEqual([]);
    expect(never.message()).toBe('Not yet: core is not done.');
  });

  it('takes the word first and then the note where both are wanted', () => {
    const at = desk(withCard({ blockedBy: ['idindexing is not done'] }, 'dynamolambda'));
    at.type('', 'DynamolambdaProductionBoss', '\r', 'agreed with ops', '\r');
    expect(at.controller.calls).toEqual([
      ['confirmCard', { typed: 'DynamolambdaProductionBoss', note: 'agreed with ops', choices: {} }],
    ]);
  });

  it('sends what was chosen, and what is recommended where nothing was', () => {
    const choices = [
      {
        key: 'rebuild',
        title: 'Rebuild?',
        recommended: 'yes',
        options: [
          { id: 'yes', label: 'Yes' },
          { id: 'no', label: 'No' },
        ],
      },
    ];
    const card = cardOf('cachedb');
    const steps = card.steps.map((each) => ({ ...each, plan: { ...updateApi, choices } }));
    const first = desk(withCard({ steps }));
    first.type('', '\r');
    expect(first.controller.calls).toEqual([['confirmCard', { choices: { '4.1/rebuild': 'yes' } }]]);
    const second = desk(withCard({ steps }));
    second.type('', 'j', 'j', ' ', '\r');
    expect(second.controller.calls).toEqual([['confirmCard', { choices: { '4.1/rebuild': 'no' } }]]);
  });
});

describe('a paste', () => {
  it('starts nothing and opens nothing', () => {
    const at = desk(midState());
    at.dispatcher.paste('m\r4\r');
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toBe('Pasted text does nothing here.');
    const card = desk(withCard());
    card.see();
    card.wait(60_000);
    card.dispatcher.paste('\r');
    expect(card.controller.calls).toEqual([]);
  });

  it('goes into an open field as one line, and waits for Enter', () => {
    const at = desk(withCard({}, 'maintenanceOn'));
    at.see();
    at.wait(60_000);
    at.dispatcher.paste(' api.theboss.io\r');
    expect(at.store.getState().ui.input).toBe('api.theboss.io');
    expect(at.controller.calls).toEqual([]);
  });
});

describe('stage keys', () => {
  it('open the card of their stage', () => {
    const at = desk(midState());
    at.type('4');
    expect(at.controller.calls).toEqual([['openCard', 'cachedb']]);
  });

  it('only select a stage that is running', () => {
    const at = desk(midState());
    at.type('3');
    expect(at.controller.calls).toEqual([]);
    expect(selectedStage(at.store.getState())?.id).toBe('api');
  });

  it('bring back the question of their stage', () => {
    const at = desk(askedState({ question: { is: 'confirm' }, title: 'Go on?', text: [] }));
    at.type('\u001b');
    expect(dialogOf(at.store.getState())).toBeUndefined();
    at.type('3');
    expect(dialogOf(at.store.getState())?.is).toBe('decision');
  });

  it('do nothing for somebody who watches', () => {
    const at = desk(midState({ session: { ...session, role: 'watcher' } }));
    at.type('4', 'S', 'N', 'A', '\r');
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toContain('You are watching');
  });

  it('take over by the name of the bosslet, typed in full', () => {
    const taken: string[] = [];
    const watching = { ...session, role: 'watcher' as const };
    const at = desk(midState({ session: watching }), { takeOver: async (typed) => void taken.push(typed) });
    at.type('T', 'production', '\r');
    expect(at.message()).toContain('Type production.boss exactly');
    at.type('.boss', '\r');
    expect(taken).toEqual(['production.boss']);
  });

  it('take over nothing for the operator, nor in a panel that was started to watch', () => {
    const watching = { ...session, role: 'watcher' as const, readOnly: true as const };
    for (const [as, why] of [
      [session, 'You are the operator.'],
      [watching, 'boss-tui watch, which never acts'],
    ] as const) {
      const at = desk(midState({ session: as }), { takeOver: () => Promise.reject(new Error('It was taken.')) });
      at.type('T');
      expect(dialogOf(at.store.getState())?.is).not.toBe('prompt');
      expect(at.message()).toContain(why);
    }
  });
});

describe('keys of the release', () => {
  it('skip wants a note and names the selected stage', () => {
    const at = desk(midState());
    at.type('j', 'S', '\r');
    expect(at.controller.calls).toEqual([]);
    at.type('not needed', '\r');
    expect(at.controller.calls).toEqual([['skipStage', 'cachedb', 'not needed']]);
  });

  it('cancel asks once, then asks the running step to stop', () => {
    const at = desk(midState());
    at.type('C');
    expect(at.controller.calls).toEqual([]);
    at.type('\r');
    expect(at.controller.calls).toEqual([['cancel', 'api']]);
  });

  it('abandon wants the bosslet’s name and a note', () => {
    const at = desk(midState());
    at.type('A', 'production.bos', '\r', 's', '\r', 'tomorrow', '\r');
    expect(at.controller.calls).toEqual([['abandon', { typed: 'production.boss', note: 'tomorrow' }]]);
  });

  it('override wants the words of its gate and a note', () => {
    const live = { ...midLive, at: { api: { stepId: '3.2', waits: 'gate' as const } }, gates: { '3.2': [gate()] } };
    const at = desk(midState({ live }));
    at.type('O', 'delete cache with 3 unflushed keys', '\r', 'they are old', '\r');
    expect(at.controller.calls).toEqual([
      ['override', '3.2', 'drained', { typed: 'delete cache with 3 unflushed keys', note: 'they are old' }],
    ]);
    const never = desk(midState({ live: { ...live, gates: { '3.2': [gate({ overridable: 'never' })] } } }));
    never.type('O');
    expect(never.message()).toBe('This gate can never be overridden.');
  });

  it('note and finish', () => {
    const at = desk(midState());
    at.type('N', 'q stays text here', '\r');
    expect(at.controller.calls).toEqual([['note', 'q stays text here']]);
    const end = desk(midState());
    end.type('F', '\r');
    expect(end.controller.calls).toEqual([['finish']]);
  });

  it('keep a note that was refused', async () => {
    const at = desk(midState(), { refuse: 'Stages are open.' });
    at.type('F', 'all well', '\r');
    await at.settled();
    expect(at.message()).toBe('Stages are open.');
    expect(at.store.getState().ui.input).toBe('all well');
  });
});

describe('what was meant for something else', () => {
  it('does nothing where it was typed into a dialog that closed by itself, until the typing has stopped', () => {
    const at = desk(midState());
    at.type('N', 'i asked');
    setUi(at.store, { prompt: undefined });
    at.dispatcher.input('4', {});
    at.wait(1_000);
    at.dispatcher.input('\r', { return: true });
    expect(dialogOf(at.store.getState())).toBeUndefined();
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toContain('has closed by itself');
    at.wait(2_000);
    at.dispatcher.input('4', {});
    expect(at.controller.calls).toEqual([['openCard', 'cachedb']]);
  });

  it('is not read as keys where a terminal does not mark what was pasted, but a key held down is', () => {
    const at = desk(midState());
    at.dispatcher.input('4 is next, then 5', {});
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toBe('Pasted text does nothing here.');
    const before = selectedStage(at.store.getState())?.id;
    at.dispatcher.input('j'.repeat(9), {});
    expect(selectedStage(at.store.getState())?.id).not.toBe(before);
  });
});

describe('a way out of what AWS is stuck in', () => {
  const board = (status: string) =>
    midState({ observed: { ...midObserved, stacks: { ...midObserved.stacks, value: [stackRow('api', status)] } } });

  it.each([
    ['X', 'UPDATE_IN_PROGRESS', 'cancelUpdate'],
    ['R', 'UPDATE_ROLLBACK_FAILED', 'continueRollback'],
  ])('opens its card by %s while a stack is %s, and says so where none is', (key, status, stageId) => {
    const at = desk(board(status));
    at.type('', key);
    expect(at.controller.calls).toEqual([['openCard', stageId]]);
    const idle = desk(board('UPDATE_COMPLETE'));
    idle.type('', key);
    expect(idle.controller.calls).toEqual([]);
    expect(idle.message()).toContain(`No stack is ${status}`);
  });

  it('opens nothing for who only looks', () => {
    const at = desk(board('UPDATE_ROLLBACK_FAILED'));
    at.store.setState({ session: { ...session, role: 'watcher' } });
    at.type('', 'R');
    expect(at.controller.calls).toEqual([]);
  });
});

describe('a review', () => {
  it('of safe changes is approved by Enter', () => {
    const at = desk(reviewState([change('safe', 'Endpoint')]));
    at.type('', '\r');
    expect(at.controller.calls).toEqual([
      ['answer', '3.2#1/review', { is: 'approved', hash: 'a'.repeat(64), typed: [] }],
    ]);
  });

  it('with warnings is approved by their own key, never by Enter', () => {
    const at = desk(reviewState([change('warn', 'CacheManager'), change('safe', 'Endpoint')]));
    at.type('', '\r');
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toContain('a approves');
    at.type('a');
    expect(at.controller.calls).toHaveLength(1);
  });

  it('with a danger wants its logical id typed first', () => {
    const at = desk(reviewState([dangerousChange, change('safe', 'Endpoint')]));
    at.type('', 'a', '\r');
    expect(at.controller.calls).toEqual([]);
    at.type('t', 'Bossmeta', '\r');
    expect(at.message()).toContain('Type BossMeta exactly');
    at.type('\u001b', 't', 'BossMeta', '\r');
    expect(at.controller.calls).toEqual([]);
    at.type('a');
    expect(at.controller.calls).toEqual([
      ['answer', '3.2#1/review', { is: 'approved', hash: 'a'.repeat(64), typed: ['BossMeta'] }],
    ]);
  });

  it('is rejected by n, and left waiting by l', () => {
    const at = desk(reviewState([dangerousChange]));
    at.type('', 'n');
    expect(at.controller.calls).toEqual([['answer', '3.2#1/review', { is: 'rejected' }]]);
    const waiting = desk(reviewState([dangerousChange]));
    waiting.type('', 'l');
    expect(waiting.controller.calls).toEqual([]);
    expect(dialogOf(waiting.store.getState())).toBeUndefined();
    waiting.type('w');
    expect(dialogOf(waiting.store.getState())?.is).toBe('decision');
  });

  it('cannot be approved before its changes were read', () => {
    const store = reviewState([change('safe', 'Endpoint')]);
    store.setState({ subjects: {} });
    const at = desk(store);
    at.type('', '\r', 'a');
    expect(at.controller.calls).toEqual([]);
    expect(at.message()).toBe('The changes are still being read.');
  });
});

describe('a stack that is done', () => {
  const image = { imageId: 'ami-1', version: 'sprint41', commit: 'c0ffee' };
  const facts = { 'before/core': { images: { vault: image }, commit: 'c0ffee', stackVersion: '3' } };
  const releaseOf = (known: typeof facts | object) => ({ release: { ...midRelease(), facts: { ...known } } });
  const at = (known: object, stage: string) => {
    const desked = desk(midState(releaseOf(known)));
    setUi(desked.store, { selectedStageId: stage });
    return desked;
  };

  it('opens the card that rolls it back by B, and from its own card by Ctrl-R even while a note is typed', () => {
    const panes = at(facts, 'core');
    panes.type('B');
    expect(panes.controller.calls).toEqual([['openCard', 'core.back']]);
    const card = cardOf('core', { blockedBy: ['Update core is done already'] });
    const onCard = desk(midState({ ...releaseOf(facts), live: { ...midLive, card } }));
    onCard.type('', 'a note', '\u0012');
    expect(onCard.controller.calls).toEqual([['openCard', 'core.back']]);
  });

  it.each([
    [{}, 'core', /there is nothing to roll back/],
    [facts, 'redis', /has no AMIs/],
    [
      { 'before/core': { ...facts['before/core'], images: { vault: image, auth: { ...image, version: 'h2' } } } },
      'core',
      /cannot be rolled back in one update: its machines ran on different versions/,
    ],
  ])('says why it cannot go back: %#', (known, stage, why) => {
    const panes = at(known, stage);
    panes.type('B');
    expect(panes.controller.calls).toEqual([]);
    expect(panes.message()).toMatch(why);
  });
});

describe('questions', () => {
  const options = [
    { id: 'recreate', label: 'Delete and create' },
    { id: 'retry', label: 'Try again' },
    { id: 'skip', label: 'Skip', note: true as const },
  ];
  const choose = { question: { is: 'choose' as const, options, recommended: 'retry' }, title: 'What now?', text: [] };

  it('begin at what is recommended', () => {
    const at = desk(askedState(choose));
    at.type('', '\r');
    expect(at.controller.calls).toEqual([['answer', '3.2#1/question', { is: 'chosen', option: 'retry' }]]);
  });

  it('take a note with the way that wants one', () => {
    const at = desk(askedState(choose));
    at.type('', 'j', '\r', '\r');
    expect(at.controller.calls).toEqual([]);
    at.type('by hand', '\r');
    expect(at.controller.calls).toEqual([
      ['answer', '3.2#1/question', { is: 'chosen', option: 'skip', note: 'by hand' }],
    ]);
  });

  it('give a way that edits a file its editor first, and are answered only where it was edited', async () => {
    const edits = [{ id: 'edit', label: 'Edit it', edits: '/checkout/names.json' }];
    const question = { is: 'choose' as const, options: edits, recommended: 'edit' };
    const asked = { question, title: 'Edit', text: [] };
    const edited: string[] = [];
    const at = desk(askedState(asked), { editFile: async (path) => void edited.push(path) });
    at.type('', '\r');
    expect(at.controller.calls).toEqual([]);
    await until('the answer', () => at.controller.calls.length === 1);
    expect(edited).toEqual(['/checkout/names.json']);
    expect(at.controller.calls).toEqual([['answer', '3.2#1/question', { is: 'chosen', option: 'edit' }]]);

    const failing = desk(askedState(asked), { editFile: () => Promise.reject(new Error('The editor ended badly.')) });
    failing.type('', '\r');
    await until('the reason', () => failing.message() === 'The editor ended badly.');
    expect(failing.controller.calls).toEqual([]);
  });

  it('put letters into the field, whatever they mean elsewhere', () => {
    const at = desk(askedState({ question: { is: 'sign', text: 'It is done' }, title: 'Sign', text: [] }));
    at.type('', 'q4?', '\r');
    expect(at.left).toEqual([]);
    expect(at.controller.calls).toEqual([['answer', '3.2#1/question', { is: 'signed', note: 'q4?' }]]);
  });

  it('keep a masked answer out of the state once it was given', async () => {
    const at = desk(askedState({ question: { is: 'type', masked: true }, title: 'Passphrase', text: [] }));
    at.type('', ' geheim ', '\r');
    expect(at.controller.calls).toEqual([['answer', '3.2#1/question', { is: 'text', length: 8, text: ' geheim ' }]]);
    expect(at.store.getState().ui.input).toBe('');
  });

  it('do not take Enter that was meant for something else', () => {
    const at = desk(askedState({ question: { is: 'confirm' }, title: 'Go on?', text: [] }));
    at.dispatcher.input('\r', { return: true });
    expect(at.controller.calls).toEqual([]);
    at.type('', 'n');
    expect(at.controller.calls).toEqual([['answer', '3.2#1/question', { is: 'declined' }]]);
  });

  it('take nothing for seen before its secret is there', () => {
    const reveals = { ...choose, reveals: true as const };
    const early = desk(askedState(reveals));
    early.type('x', '\r');
    expect(early.controller.calls).toEqual([]);
    expect(early.message()).toBe('The secret is still being read: one moment.');
    const there = desk(
      askedState(reveals, { live: { ...midLive, secrets: { '3.2#1/question': new Secret('S3cret') } } }),
    );
    there.type('x', '\r');
    expect(there.controller.calls).toHaveLength(1);
  });

  it('show a secret until the next key, and copy it', () => {
    const at = desk(askedState(choose, { live: { ...midLive, secrets: { '3.2#1/question': new Secret('S3cret') } } }));
    at.type('', '\t');
    expect(at.store.getState().ui.revealed?.decisionId).toBe('3.2#1/question');
    at.type('j');
    expect(at.store.getState().ui.revealed).toBeUndefined();
    at.dispatcher.input('y', { ctrl: true });
    expect(at.copied).toEqual(['S3cret']);
  });
});

describe('going through options', () => {
  const choices = ['latest', 'build', 'copy'].map((id) => ({ id, label: id }));

  it('begins at the first one of a card, which the cursor stands at', () => {
    const card = cardOf('amis');
    const choice = { key: 'amis', title: 'Which?', options: choices, recommended: 'latest' };
    const steps = card.steps.map((each) => ({ ...each, plan: plan({ choices: [choice] }) }));
    const at = desk(midState({ live: { ...midLive, card: { ...card, steps } } }));
    at.type('j', ' ');
    expect(at.store.getState().ui.choices).toEqual({ 'a.1/amis': 'build' });
  });

  it('leaves a page that was scrolled to where it is, until the cursor moves', () => {
    const question = { is: 'choose' as const, options: choices, recommended: 'latest' };
    const at = desk(askedState({ question, title: 'Review', text: ['a long diff'] }));
    at.dispatcher.report('dialog', { first: 40, total: 100, height: 20, follows: 'top' });
    at.dispatcher.input('', { pageUp: true });
    expect(at.store.getState().ui.modalScroll).toBe(21);
    at.type('j');
    expect(at.store.getState().ui).toMatchObject({ modalScroll: undefined, cursor: 1 });
  });
});

describe('looking around', () => {
  it('moves the cursor over stages and the focus over panes', () => {
    const at = desk(midState());
    at.type('jj');
    expect(selectedStage(at.store.getState())?.id).toBe('activities');
    at.type('\u001b');
    expect(selectedStage(at.store.getState())?.id).toBe('api');
    at.type('\t', '\t', '\t');
    expect(at.store.getState().ui).toMatchObject({ focus: 'events', tab: 'events' });
  });

  it('scrolls the pane in focus and follows the newest again at the end', () => {
    const at = desk(midState());
    at.type('\t', '\t', '\t');
    at.dispatcher.report('events', { first: 100, total: 120, height: 20, follows: 'end' });
    at.type('k');
    expect(at.store.getState().ui.scroll.events).toBe(99);
    at.type('g');
    expect(at.store.getState().ui.scroll.events).toBe(0);
    at.type('G');
    expect(at.store.getState().ui.scroll.events).toBeUndefined();
  });

  it('leaves by q and by Ctrl-C, and cancels nothing', () => {
    const at = desk(midState());
    at.type('q', '\x03');
    expect(at.left).toEqual([0, 130]);
    expect(at.controller.calls).toEqual([]);
  });

  it('leaves by Ctrl-C out of a field, where q is text', () => {
    const at = desk(withCard({}, 'maintenanceOn'));
    at.type('q', '\x03');
    expect(at.left).toEqual([130]);
  });

  it('opens and closes the help', () => {
    const at = desk(storeWith());
    at.type('?');
    expect(dialogOf(at.store.getState())?.is).toBe('help');
    at.type('q');
    expect(dialogOf(at.store.getState())).toBeUndefined();
    expect(at.left).toEqual([]);
  });
});

describe('x', () => {
  const machine = 'endpoint.production.boss';

  it('enters the machine that there is, once', async () => {
    let entered = 0;
    const enterMachine = async () => {
      entered += 1;
    };
    const { type, message } = desk(midState({ session: { ...session, machine } }), { enterMachine });
    type('x');
    expect(message()).toBe('Looking for endpoint.production.boss…');
    expect(entered).toBe(1);
  });

  it('says what went wrong where it cannot be found', async () => {
    const enterMachine = () => Promise.reject(new Error('no instance named endpoint.production.boss is running'));
    const { type, message } = desk(midState({ session: { ...session, machine } }), { enterMachine });
    type('x');
    await until('the reason', () => message() === 'no instance named endpoint.production.boss is running');
  });

  it.each([
    [{ ...session, mode: 'rehearsal' as const }, 'A rehearsal has no machine to enter.'],
    [session, 'There is no way into the machines: redis.via is direct in the configuration.'],
    [{ ...session, machine, role: 'watcher' as const }, /^You are watching/],
  ])('says why not where that may not be', (changed, says) => {
    const enterMachine = () => Promise.reject(new Error('It was entered.'));
    const { type, message } = desk(midState({ session: changed }), { enterMachine });
    type('x');
    expect(message()).toMatch(says);
  });

  it('in a paste or a text field is text', () => {
    const enterMachine = () => Promise.reject(new Error('It was entered.'));
    const { dispatcher, message } = desk(midState({ session: { ...session, machine } }), { enterMachine });
    dispatcher.paste('x');
    expect(message()).toBe('Pasted text does nothing here.');
  });
});
