import { cellWidth, fitText } from '../components/cells.ts';
import type { Line } from '../components/line.tsx';
import { faint, strong } from '../components/table.ts';
import type { Command, Mode } from '../src/keys/command.ts';
import { COMMANDS, stageCommands } from '../src/keys/commands.ts';
import { keyLabel } from '../src/keys/keysOf.ts';
import type { AppState } from '../src/store/store.ts';
import type { DialogContent } from './dialogContent.ts';
import { paragraph } from './proofLines.ts';

const KEYS_WIDTH = 12;

const keysOf = ({ keys }: Command): string => keys.map(keyLabel).join(' ');

function commandLines(command: Command, width: number): readonly Line[] {
  const keys = keysOf(command);
  const lead: Line = [strong(cellWidth(keys) > KEYS_WIDTH ? keys : fitText(keys, KEYS_WIDTH), 'cyan'), ' '];
  return paragraph(command.about, width, { lead });
}

const GROUPS: readonly { readonly title: string; readonly modes: readonly Mode[] }[] = [
  { title: 'Panes and release', modes: ['normal'] },
  { title: 'Card', modes: ['card', 'prompt'] },
  { title: 'Questions', modes: ['confirm', 'choose', 'typing'] },
  { title: 'Review of a change set', modes: ['review'] },
];

/** Every key, from the one table of them; a command stands in the first group that knows it. */
export function helpContent(state: AppState, width: number): DialogContent {
  const known = new Set<string>();
  const groups = GROUPS.flatMap(({ title, modes }): readonly Line[] => {
    const commands = COMMANDS.filter(
      (command) => !known.has(command.id) && command.modes.some((mode) => modes.includes(mode)),
    );
    for (const { id } of commands) known.add(id);
    return ['', [strong(title)], ...commands.flatMap((command) => commandLines(command, width))];
  });
  return {
    title: 'Keys',
    tone: 'cyan',
    body: [
      [strong('Stages'), faint('  a stage’s key opens its card; Enter runs what the card says')],
      ...stageCommands(state).flatMap((command) =>
        paragraph(command.about, width, {
          lead: [strong(fitText(keysOf(command), 2), 'cyan'), ' ', fitText(String(command.label), 28), ' '],
          style: { dim: true },
        }),
      ),
      ...groups,
    ],
    foot: [],
  };
}
