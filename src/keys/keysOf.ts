/** What a terminal said besides the text: the part of Ink's key that we read. */
export interface KeyFlags {
  readonly upArrow?: boolean;
  readonly downArrow?: boolean;
  readonly leftArrow?: boolean;
  readonly rightArrow?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly return?: boolean;
  readonly escape?: boolean;
  readonly tab?: boolean;
  readonly backspace?: boolean;
  readonly delete?: boolean;
  readonly shift?: boolean;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

/** A key by name: one character for itself, `enter`, `esc`, `up`, `ctrl-c`, … */
export type KeyName = string;

const NAMED: readonly (readonly [keyof KeyFlags, KeyName])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/**
 * One input chunk as keys. Characters that arrive together come as one chunk without flags (`jj`, `y\r`, `\x13\x13`),
 * so it is split by code point and its control characters are named here. Keys with Alt mean nothing to us.
 */
export function keysOf(chunk: string, key: KeyFlags): readonly KeyName[] {
  if (key.escape) return ['esc'];
  if (key.meta) return [];
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab'];
  const named = NAMED.find(([flag]) => key[flag]);
  if (named) return [named[1]];
  if (key.ctrl) return chunk.length === 1 ? [controlName(chunk)] : [];
  return Array.from(chunk, nameOf).filter((name) => name !== '');
}

/** Some terminals' Ctrl-I, Ctrl-M and Ctrl-H are told apart from Tab, Enter and Backspace by nobody. */
const controlName = (letter: string): KeyName => (letter === ' ' ? 'ctrl-space' : `ctrl-${letter.toLowerCase()}`);

function nameOf(character: string): KeyName {
  const code = character.codePointAt(0) ?? 0;
  switch (code) {
    case 0x0d:
    case 0x0a:
      return 'enter';
    case 0x09:
      return 'tab';
    case 0x1b:
      return 'esc';
    case 0x7f:
    case 0x08:
      return 'backspace';
    default:
      if (code < 0x20) return code === 0 || code > 26 ? '' : `ctrl-${String.fromCharCode(code + 96)}`;
      return code >= 0x80 && code < 0xa0 ? '' : character;
  }
}

/** Whether a key is text that can be typed into a field. */
export const isText = (key: KeyName): boolean => [...key].length === 1;

const GLYPHS: Readonly<Record<string, string>> = {
  enter: '↵',
  esc: 'Esc',
  tab: 'Tab',
  'shift-tab': 'S-Tab',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  backspace: '⌫',
  delete: 'Del',
  ' ': 'Space',
};

/** A key as it is shown in hints and in the help. */
export const keyLabel = (key: KeyName): string =>
  GLYPHS[key] ?? (key.startsWith('ctrl-') ? `^${key.slice(5).toUpperCase()}` : key);
