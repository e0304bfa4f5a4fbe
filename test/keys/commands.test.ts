import { describe, expect, it } from 'vitest';
import type { Mode } from '../../src/keys/command.ts';
import { COMMANDS, hintsFor, labelOf, stageCommands } from '../../src/keys/commands.ts';
import { askedState, cardOf, change, midLive, midState, reviewState, session, storeWith } from '../support/states.ts';

const MODES: readonly Mode[] = ['normal', 'help', 'prompt', 'card', 'confirm', 'choose', 'review', 'typing'];

describe('the table of keys', () => {
  it('gives no key two meanings in one mode, stages included', () => {
    const state = storeWith().getState();
    for (const mode of MODES) {
      const all = [...COMMANDS, ...(mode === 'normal' ? stageCommands(state) : [])].filter(({ modes }) =>
        modes.includes(mode),
      );
      const seen = new Map<string, string>();
      for (const { id, keys, about } of all) {
        expect(about).toMatch(/\.$/);
        for (const key of keys) {
          const other = seen.get(key);
          // Two commands may share Tab while a card and a secret are never in front together.
          if (other && !(key === 'tab' && mode === 'typing'))
            throw new Error(`${key} is ${other} and ${id} in ${mode}`);
          seen.set(key, id);
        }
      }
    }
  });

  it('has every stage key of the runbook', () => {
    const keys = stageCommands(storeWith().getState()).flatMap((command) => command.keys);
    expect(keys.sort().join('')).toBe('12345678RXabcdefhimoprstuv');
  });

  it('binds no letter in a field', () => {
    for (const { id, keys, modes } of COMMANDS) {
      if (!modes.includes('typing') || id.startsWith('dialog.')) continue;
      expect(keys.filter((key) => key.length === 1)).toEqual([]);
    }
  });

  it('hints at what can be done now', () => {
    const hints = (store: ReturnType<typeof storeWith>) =>
      hintsFor(store.getState()).map((command) => labelOf(command, store.getState()));
    expect(hints(midState())).toEqual([
      'open 3 Update api',
      'cancel',
      'note',
      'Cancel the update on AWS',
      'next pane',
      'help',
      'quit',
    ]);
    const watching = { ...session, role: 'watcher' } as const;
    expect(hints(midState({ session: watching }))).toEqual(['take over', 'next pane', 'help', 'quit']);
    expect(hints(midState({ session: { ...watching, readOnly: true } }))).toEqual(['next pane', 'help', 'quit']);
    expect(hints(midState({ live: { ...midLive, card: cardOf('cachedb') } }))).toEqual(['run', 'close']);
    expect(hints(reviewState([change('warn', 'CacheManager')]))).toEqual([
      'approve with warnings',
      'reject',
      'leave it waiting',
    ]);
    expect(hints(askedState({ question: { is: 'confirm' }, title: 'Go on?', text: [] }))).toEqual([
      'yes',
      'no',
      'later',
    ]);
  });
});
