import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Who may import whom: docs/ARCHITECTURE.md. `types` may be taken from a room, but nothing that runs. */
const RULES: Readonly<Record<string, { readonly from: readonly string[]; readonly types?: readonly string[] }>> = {
  bin: { from: ['cli'] },
  cli: { from: ['commands', 'commands/rehearse', 'text'] },
  clock: { from: [] },
  durable: { from: [] },
  text: { from: [] },
  runbook: { from: [] },
  components: { from: [] },
  bosslet: { from: ['text'] },
  clients: { from: ['clock', 'durable', 'text'], types: ['bosslet'] },
  observe: { from: ['clients', 'bosslet', 'clock', 'text'] },
  steps: { from: ['runbook', 'bosslet', 'clients', 'observe', 'clock', 'durable', 'text'] },
  release: { from: ['runbook', 'steps', 'bosslet', 'observe', 'clock', 'durable', 'text'], types: ['clients'] },
  store: { from: ['release', 'observe', 'runbook', 'text'], types: ['steps', 'clients', 'bosslet'] },
  keys: { from: ['store', 'runbook', 'release'] },
  panes: { from: ['components', 'store', 'keys', 'runbook'], types: ['release'] },
  rehearsal: { from: ['clock', 'text', 'bosslet'] },
  commands: {
    from: ['bosslet', 'runbook', 'release', 'steps', 'observe', 'clients', 'store', 'keys', 'panes', 'clock', 'text'],
  },
  // The one command that may reach into the embedded world.
  'commands/rehearse': { from: ['rehearsal', 'commands', 'release', 'clock'] },
};

/** The room of a file, by its path from the root. */
function roomOf(file: string): string {
  if (file === join('src', 'commands', 'rehearse.ts')) return 'commands/rehearse';
  const [first = '', second = ''] = file.split('/');
  return first === 'src' ? second.replace(/\.tsx?$/, '') : first;
}

const IMPORT =
  /^\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)|^\s*import\s+'(\.[^']+)'/gm;

/** The imports of a file that the rule forbids, as sentences. */
function forbidden(file: string, text: string): readonly string[] {
  const room = roomOf(file);
  const rule = RULES[room];
  if (!rule) return [`${file} is in no room that the rule knows`];
  return [...text.matchAll(IMPORT)].flatMap(([, isType, from, dynamic, bare]) => {
    const target = relative(root, resolve(root, dirname(file), from ?? dynamic ?? bare ?? ''));
    const targetRoom = roomOf(target);
    const own = targetRoom === room || (room === 'commands' && targetRoom === 'commands/rehearse');
    const allowed = own || rule.from.includes(targetRoom) || (isType && rule.types?.includes(targetRoom));
    return allowed ? [] : [`${file} (${room}) imports ${isType ? 'types of ' : ''}${target} (${targetRoom})`];
  });
}

function sources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

describe('who may import whom', () => {
  it('holds for every file', () => {
    const files = ['src', 'components', 'panes'].flatMap(sources);
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap((file) => forbidden(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it.each([
    ['panes/StacksPane.tsx', "import { createAws } from '../src/clients/aws/aws.ts';"],
    ['src/observe/stacks.ts', "import { fold } from '../release/fold.ts';"],
    ['src/steps/gate.ts', "const world = await import('../rehearsal/startWorld.ts');"],
    ['src/release/engine.ts', "import { createDig } from '../clients/dig.ts';"],
    ['src/commands/plan.ts', "import { startWorld } from '../rehearsal/startWorld.ts';"],
    ['components/Pane.tsx', "import type { AppState } from '../src/store/store.ts';"],
    ['src/helpers/thing.ts', ''],
  ])('finds what %s may not do', (file, text) => {
    expect(forbidden(file, text)).toHaveLength(1);
  });
});
