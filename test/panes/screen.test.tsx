import { afterEach, describe, expect, it } from 'vitest';
import { App } from '../../panes/App.tsx';
import type { Store } from '../../src/store/store.ts';
import { focusPane, setAside, setLive, setObserved, setUi, tick } from '../../src/store/updates.ts';
import { Secret } from '../../src/text/secret.ts';
import { type RenderedScreen, renderScreen } from '../support/screen.tsx';
import {
  askedState,
  cardOf,
  change,
  dangerousChange,
  dnsLook,
  event,
  events,
  gate,
  liveRows,
  midLive,
  midObserved,
  midRelease,
  midState,
  NOON,
  newRelease,
  noteController,
  plan,
  reviewState,
  session,
  stackRow,
  step,
  storeWith,
  turningRows,
} from '../support/states.ts';
import { until } from '../support/until.ts';

const open: RenderedScreen[] = [];
afterEach(() => {
  for (const screen of open.splice(0)) screen.unmount();
});

async function show(store: Store, columns = 160, rows = 45) {
  const controller = noteController();
  const left: number[] = [];
  const screen = renderScreen(<App store={store} controller={controller} leave={(code) => left.push(code)} />, {
    columns,
    rows,
  });
  open.push(screen);
  const text = () => screen.rows().join('\n');
  await until('the first frame', () => screen.rows().length === rows && screen.reads());
  /** Waits for words on the screen. */
  const sees = (words: string | RegExp) =>
    until(String(words), () => (typeof words === 'string' ? text().includes(words) : words.test(text())));
  return { ...screen, controller, left, text, sees };
}

describe('the panes at 160×45', () => {
  it('show the release, the world and the keys', async () => {
    const { sees } = await show(midState());
    await sees('PRODUCTION   production.boss  acct …9012 us-east-1  creds 5h40m');
    await sees('OPERATOR you@host  sprint42  elapsed 02:13  10/24');
    await sees('MAINTENANCE 1h12m · LIST MUTED 37');
    await sees(/✔ 1 core +6m12s/);
    await sees(/›▶ 3 api +3m05s/);
    await sees(/· 4 cachedb +last 9m/);
    await sees(/▶ api +UPDATE_IN_PROGRESS +█+[▏▎▍▌▋▊▉]?·+ +9\/17/);
    await sees(/cachedb +UPDATE_COMPLETE +2026-07-12 h7a6e3a1f/);
    await sees('Step 3.2 Update api');
    await sees('$ ./cloudformation.py --ami-version sprint42');
    await sees('Waiting for update ..............');
    await sees('DNS api.theboss.io → MAINTENANCE');
    await sees(/WRITE-CUBOID +0 █/);
    await sees('cache-session  not in this scenario');
    await sees('↵ open 3 Update api');
  });

  it('say what is empty, in words', async () => {
    const { sees } = await show(storeWith());
    for (const words of [
      'Reading the stacks…',
      'Reading the events…',
      'Asking the name servers…',
      'Reaching the caches…',
      'The preflight has not run yet.',
    ])
      await sees(words);
  });

  it('tell production, a rehearsal and a mere look apart in words', async () => {
    expect((await show(midState())).rows()[0]).toContain(' PRODUCTION ');
    const rehearsal = await show(
      midState({ session: { ...session, mode: 'rehearsal', speed: 30, faults: ['redis-size'] } }),
    );
    expect(rehearsal.rows()[0]).toMatch(/ REHEARSAL .*×30 redis-size/);
    const lock = { id: 'l', pid: 7, processStart: '1', bootId: 'b', host: 'host', user: 'you' };
    const holder = { ...lock, sinceMs: NOON, lives: 'here' as const };
    const watch = async (more: Partial<typeof session>) =>
      (await show(midState({ session: { ...session, role: 'watcher', ...more } }))).rows()[0];
    const watching = await watch({ holder });
    expect(watching).toMatch(/ WATCHING {2}PRODUCTION .*operator you@host/);
    expect(watching).not.toContain('OPERATOR');
    expect(await watch({ holder: { ...holder, lives: 'ended' } })).toMatch(/operator you@host is gone/);
    expect(await watch({})).toMatch(/you@host has left/);
  });

  it('show the preflight before a release begins, what stops it first, with its cure', async () => {
    const findings = [
      { level: 'ok' as const, title: 'Account', detail: 'is the bosslet’s', cure: undefined },
      { level: 'stop' as const, title: 'Vault token', detail: 'is missing', cure: 'Copy it, then P' },
    ];
    const store = storeWith({ live: { ...midLive, at: {}, preflight: { findings, running: false, atMs: NOON } } });
    const { text, sees } = await show(store);
    await sees('1 thing must be mended before a release may begin');
    await sees('→ Copy it, then P');
    expect(text().indexOf('✖ Vault token')).toBeLessThan(text().indexOf('✔ Account'));
  });

  it('count an old answer’s end down as the clock goes on', async () => {
    const release = newRelease();
    const on = {
      id: 'maintenanceOn',
      status: 'running' as const,
      run: 1,
      startedAtMs: NOON - 100_000,
      endedAtMs: undefined,
    };
    const store = storeWith({
      release: { ...release, stages: { ...release.stages, maintenanceOn: on } },
      observed: { ...midObserved, dns: dnsLook(turningRows) },
    });
    const { sees } = await show(store);
    await sees('1 old answer: the last one ends in 39s at most');
    await sees(/· old +8\.8\.8\.8 +elb-production.* ttl {2}39/);
    await sees(/◌ silent system +no answer in 2s/);
    await sees(/→ MAINTENANCE ─+ 4\/6/);
    tick(store, NOON + 9_000);
    await sees('ends in 30s at most');
    // What the zone's own servers still say, resolvers learn anew: no TTL says when that ends.
    setObserved(store, { ...midObserved, dns: dnsLook(liveRows) });
    await sees(/6 old answers: the zone itself has not all turned/);
  });

  it('let a failure stand out: its cause in the events, its verdict and the way on in the step', async () => {
    const release = midRelease();
    const failed = step('3.2', {
      status: 'failed',
      startedAtMs: NOON - 90_000,
      attempts: [
        {
          number: 1,
          intendedAtMs: NOON - 90_000,
          plan: {
            commands: ['./cloudformation.py update'],
            dangers: [],
            evidence: [],
            baseline: null,
            alreadyDone: false,
          },
          effectsIntended: {},
          effects: {},
          acted: undefined,
          cancelRequested: false,
          verdict: {
            is: 'failed',
            code: 'updateFailed',
            summary: 'ApiProductionBoss rolled back.',
            evidence: [{ label: 'first failure', value: 'Endpoint: quota', tone: 'danger' }],
          },
        },
      ],
    });
    const cause = event(31, {
      logicalResourceId: 'Endpoint',
      resourceStatus: 'UPDATE_FAILED',
      resourceStatusReason: 'quota of the account',
      rootCause: true,
    });
    const store = midState({
      release: { ...release, steps: { ...release.steps, '3.2': failed } },
      observed: { ...midObserved, events: { ...midObserved.events, value: [...events(30), cause] } },
    });
    const { sees } = await show(store);
    await sees(/✖ 12:00:\d\d|✖ 11:57:\d\d/);
    await sees('ROOT CAUSE quota of');
    await sees('✖ FAILED  ApiProductionBoss rolled back.');
    await sees('✖ first failure  Endpoint: quota');
  });

  it('keep showing what was seen last when a look fails, with its age', async () => {
    const observed = {
      ...midObserved,
      stacks: { ...midObserved.stacks, atMs: NOON - 90_000, error: 'Throttling: asked again in 8s' },
    };
    const { sees } = await show(midState({ observed }));
    await sees('! Throttling: asked again in 8s');
    await sees('OLD, 1m ago');
    await sees(/✔ core +UPDATE_COMPLETE/);
  });

  it('call events live only while they answer', async () => {
    const of = (error: string | undefined) => ({
      ...midObserved,
      events: { ...midObserved.events, ...(error !== undefined && { error }) },
    });
    const { sees } = await show(midState({ observed: of(undefined) }));
    await sees(/Events ─+ live/);
    const lost = await show(midState({ observed: of('No answer within 5 s') }));
    await lost.sees('! No answer within 5 s');
    await lost.sees(/Events ─+ now/);
  });

  it('show gates with what is missing and how they are passed', async () => {
    const live = { ...midLive, at: { api: { stepId: '3.2', waits: 'gate' as const } }, gates: { '3.2': [gate()] } };
    const { sees } = await show(midState({ live }));
    await sees('… The cache is drained');
    await sees('3 keys are not flushed yet');
    await sees('O goes on without it, by typing "delete');
    await sees('waits: The cache is drained');
  });

  it('draw nothing that moves the cursor or reorders text, wherever it came from', async () => {
    const hostile = 'a\u001b[2J\u001b]0;owned\u0007b\u202ec';
    const observed = {
      ...midObserved,
      events: {
        ...midObserved.events,
        value: [
          event(0, { logicalResourceId: hostile, resourceStatus: 'UPDATE_FAILED', resourceStatusReason: hostile }),
        ],
      },
      troubles: [hostile],
    };
    const frame = (await show(midState({ observed }))).raw();
    expect(frame.replace(/\u001b\[[\d;]*m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
});

describe('small terminals', () => {
  it('show runbook, step and a tab at 80×24; Tab brings the others to the front', async () => {
    const store = midState();
    const { sees } = await show(store, 80, 24);
    await sees('▸ Runbook');
    await sees('Step 3.2 Update api');
    await sees('[Stacks] Events DNS Caches');
    focusPane(store, 'caches');
    await sees('▸ Stacks Events DNS [Caches]');
    await sees(/WRITE-CUBOID +0/);
  });

  it('still say whose they are, above the longest question', async () => {
    const many = Array.from({ length: 40 }, (_, index) => change('warn', `Resource${index}`));
    const { rows, sees } = await show(reviewState(many), 80, 24);
    await sees('a approve with warnings');
    expect(rows()[0]).toContain('production.boss');
    expect(rows()[1]).toMatch(/^┏/);
  });

  it('say in the runbook that a stage asks, and by which key it is answered', async () => {
    const store = askedState({ title: 'Which of the ways?', text: [], question: { is: 'confirm' } });
    setAside(store, '3.2#1/question', true);
    const { sees } = await show(store, 60, 20);
    await sees(/3 api +asks you/);
    await sees('press 3 to answer');
  });

  it('part a title that is cut from its border', async () => {
    const asked = { title: 'A long question '.repeat(9), text: [], question: { is: 'confirm' } } as const;
    const { sees } = await show(askedState(asked), 60, 20);
    await sees(/A long.*… ━* ?asked/);
  });

  it('say one plain sentence below 60×15, with the size', async () => {
    await (await show(midState(), 59, 30)).sees('too small: 59×30');
    await (await show(midState(), 20, 5)).sees(/too\s+small/);
  });

  it('follow a resize', async () => {
    const { rows, resize, text } = await show(midState());
    resize(80, 24);
    await until('the small screen', () => rows().length === 24 && text().includes('[Stacks]'));
    resize(160, 45);
    await until('the large screen', () => rows().length === 45 && text().includes('─ Caches ─'));
  });
});

describe('dialogs', () => {
  it('a card says what will run, what may go wrong, how long it took, and when it is ready', async () => {
    const store = midState({ live: { ...midLive, card: cardOf('cachedb', { ready: false, readyAtMs: undefined }) } });
    const { sees } = await show(store);
    await sees('4 Update cachedb');
    await sees('last time 4m');
    await sees('reading what it would do');
    setLive(store, { ...midLive, card: cardOf('api') });
    await sees('! warning The group of endpoints is rolled');
    await sees('✔ Ready: Enter runs it');
    setLive(store, { ...midLive, card: cardOf('maintenanceOn') });
    await sees('type api.theboss.io ›');
    setLive(store, { ...midLive, card: cardOf('api', { blockedBy: ['redis is not done'], overridable: false }) });
    await sees('Not yet: redis is not done');
  });

  it('a card whose first step cannot be planned is not ready', async () => {
    const card = cardOf('api');
    const steps = card.steps.map((each) => ({ ...each, plan: undefined, error: 'The evidence was changed.' }));
    const { text, sees } = await show(midState({ live: { ...midLive, card: { ...card, steps } } }));
    await sees('It cannot be planned: mend what it says, then open it again.');
    expect(text()).not.toContain('Ready:');
  });

  it('a card repeats what was chosen below its body only where the body does not fit', async () => {
    const card = cardOf('amis');
    const options = Array.from({ length: 12 }, (_, n) => ({ id: `v${n}`, label: `Version ${n}` }));
    const choice = { key: 'amis', title: 'Which AMIs?', options, recommended: 'v2' };
    const steps = card.steps.map((each) => ({ ...each, plan: plan({ choices: [choice] }) }));
    const { resize, text, sees } = await show(midState({ live: { ...midLive, card: { ...card, steps } } }));
    await sees('Ready: Enter runs it');
    await sees('(•) Version 2');
    expect(text()).not.toContain('Which AMIs? Version 2');
    resize(60, 20);
    await sees('Which AMIs? Version 2');
  });

  it('a review shows danger first, then warnings, then what is safe', async () => {
    const { text, sees } = await show(
      reviewState([dangerousChange, change('warn', 'CacheManager', { usual: true }), change('safe', 'Endpoint')]),
    );
    const at = (words: string) => text().indexOf(words);
    expect(at('DANGER 1')).toBeGreaterThan(0);
    // The way back is read with the reason, before whatever else is told of it.
    expect(at('it can be put back to 5m00s ago')).toBeGreaterThan(at('A table that holds data would be replaced'));
    expect(at('it can be put back to 5m00s ago')).toBeLessThan(at('is bossmeta.production.boss'));
    expect(at('DANGER 1')).toBeLessThan(at('Warnings 1'));
    expect(at('Warnings 1')).toBeLessThan(at('Safe 1'));
    await sees('1 danger · 1 warn · 1 safe');
    await sees('A table that holds data would be replaced');
    await sees('To approve, type by name: BossMeta');
  });

  it('a long review scrolls and keeps its foot', async () => {
    const many = Array.from({ length: 80 }, (_, index) => change('safe', `Resource${index}`));
    const store = reviewState(many);
    const { sees } = await show(store, 80, 24);
    await sees(/↑↓ 1–\d+ of 83/);
    setUi(store, { about: '3.2#1/review', modalScroll: 60 });
    await sees('Resource60');
    await sees('Every change is safe');
  });

  it('a secret is masked until it is asked for, and again after a minute', async () => {
    const choose = { is: 'choose' as const, options: [{ id: 'seen', label: 'I have it' }], recommended: 'seen' };
    const store = askedState(
      { question: choose, title: 'Password of bossadmin', text: [] },
      { live: { ...midLive, secrets: { '3.2#1/question': new Secret('S3cretRealm') } } },
    );
    const { text, sees } = await show(store);
    await sees('Tab shows it');
    expect(text()).not.toContain('S3cretRealm');
    setUi(store, { revealed: { decisionId: '3.2#1/question', untilMs: NOON + 60_000 } });
    await sees('S3cretRealm');
    tick(store, NOON + 60_000);
    await until('the mask', () => !text().includes('S3cretRealm'));
  });

  it('a rollback that failed is told in the header, and its way out has a row and a key', async () => {
    const stacks = { ...midObserved.stacks, value: [stackRow('api', 'UPDATE_ROLLBACK_FAILED')] };
    const { text, sees } = await show(midState({ observed: { ...midObserved, stacks } }));
    await sees('ROLLBACK OF api FAILED: R CONTINUES IT');
    await sees('R Continue the rollback');
    expect(text()).not.toMatch(/X Cancel the update/);
  });

  it('the help shows every stage key and every command', async () => {
    const store = midState();
    const { sees } = await show(store, 160, 72);
    setUi(store, { help: true });
    await sees(/m {2}Maintenance on/);
    await sees('Leaves. Nothing is cancelled');
  });

  it('abandoning says what is left that is not normal, and what puts it back', async () => {
    const release = midRelease();
    const facts = { ...release.facts, vaultExport: { file: '/home/you/vault.json' }, indexFileBefore: { sha256: 'x' } };
    const store = midState({ release: { ...release, facts } });
    const { sees } = await show(store);
    setUi(store, { prompt: { is: 'abandon' } });
    await sees('! MAINTENANCE for 1h12m');
    await sees('! LIST MUTED 37');
    await sees('move or shred /home/you/vault.json');
    await sees('the file of the tile index is edited in the checkout');
    await sees(/→ o Maintenance off/);
  });
});

describe('keys at the screen', () => {
  it('open a card, and run it only after it was looked at', async () => {
    const store = midState();
    const { type, controller } = await show(store);
    await until('the card is asked for', () => {
      if (controller.calls.length === 0) type('4');
      return controller.calls.some(([name]) => name === 'openCard');
    });
    setLive(store, { ...midLive, card: cardOf('cachedb') });
    type('\r');
    expect(controller.calls.filter(([name]) => name === 'confirmCard')).toEqual([]);
    await until('the card is confirmed', () => {
      type('\r');
      return controller.calls.some(([name]) => name === 'confirmCard');
    });
    expect(controller.calls.filter(([name]) => name === 'confirmCard')).toHaveLength(1);
  });

  it('lose nothing while fifty events a second come in', async () => {
    const store = midState();
    const { type, rows } = await show(store);
    type('\t\t\t');
    await until(
      'focus on events',
      () => store.getState().ui.focus === 'events' && rows().some((row) => row.includes('▸ Events')),
    );
    type('\u001b[Z');
    type('\u001b[Z');
    type('\u001b[Z');
    await until('focus back', () => store.getState().ui.focus === 'runbook');
    let count = 120;
    const flood = setInterval(() => {
      count += 5;
      store.setState({
        observed: { ...midObserved, events: { ...midObserved.events, value: events(count).slice(-2_000) } },
      });
    }, 100);
    for (let pressed = 0; pressed < 20; pressed += 1) {
      type(pressed % 2 === 0 ? 'j' : 'k');
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (let pressed = 0; pressed < 5; pressed += 1) type('j');
    clearInterval(flood);
    await until('every key arrived', () => store.getState().ui.selectedStageId === 'dynamolambda');
  });
});
