import { CONFIGS } from '../../../bosslet/bosslet.ts';
import { type CommandLine, parseArguments } from '../commandLine.ts';
import { type ActionInput, actionOf } from '../configActions.ts';
import { ACTIONS, type Action, executable, ORDER } from '../existingStacks.ts';
import { bossletNames, bossletOf, headOf, type Script, type ScriptContext } from '../script.ts';

const SCENARIOS = ['development', 'production', 'ha-development'];

const commandLine = (context: ScriptContext): CommandLine => ({
  program: context.program,
  options: {
    '--ami-version': { metavar: '<ami-version>' },
    '--scenario': { metavar: '<scenario>', choices: SCENARIOS },
    '--disable-preview': {},
  },
  positionals: [
    { name: 'action', choices: ACTIONS },
    { name: 'bosslet_name', choices: bossletNames(context) },
    { name: 'config_name', choices: ['all', ...CONFIGS], repeats: '+' },
  ],
});

/** `cloudformation.py [--ami-version V] [--scenario S] [--disable-preview] ACTION BOSSLET CONFIG…`. */
export const run: Script = async (context) => {
  const { options, positionals } = parseArguments(commandLine(context), context.args, context.terminal);
  const text = (option: string) => {
    const value = options.get(option);
    return typeof value === 'string' ? value : undefined;
  };
  const action = ACTIONS.find((each) => each === positionals.get('action')?.[0]) ?? 'generate';
  const bosslet = bossletOf(context, positionals.get('bosslet_name')?.[0]);
  const named = positionals.get('config_name') ?? [];
  const configs = ORDER.filter((config) => named.includes('all') || named.includes(config));
  // No config of this checkout has a migration that waits.
  if (action === 'update-migrate') return context.terminal.message('info', 'No migrations to apply');

  const ready = action === 'generate' ? configs : await executable(context, bosslet, action, configs);
  const common = {
    context,
    bosslet,
    head: await headOf(context),
    amiVersion: text('--ami-version') ?? 'latest',
    scenario: text('--scenario') ?? bosslet.scenario,
    disablePreview: options.has('--disable-preview'),
  };
  await performAll(
    context,
    action,
    ready.map((config) => ({ ...common, config })),
  );
};

async function performAll({ terminal }: ScriptContext, action: Action, inputs: readonly ActionInput[]): Promise<void> {
  terminal.print('Execution Order:');
  for (const { config } of inputs) terminal.print(`\t${config}`);
  for (const input of inputs) {
    terminal.print();
    terminal.status(`Working on ${input.config}`);
    const perform = actionOf(input.config, action);
    const name = action.replace('-', '_');
    if (perform) await perform(input);
    else terminal.print(`Configuration '${input.config}' doesn't implement function '${name}', skipping`);
  }
}
