import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActContext, StepKind } from '../../src/steps/kind.ts';
import { runScript } from '../../src/steps/scriptRun.ts';
import { obliging, type Play, type StepWorld, startStepWorld } from './stepWorld.ts';

let steps: StepWorld;
beforeAll(async () => {
  steps = await startStepWorld();
});
afterAll(() => steps.end());

/** A step that runs a script which asks one question and prints what it was given. */
const asking = (prompt: string, play: Omit<Play, 'kind'> = {}) =>
  running(
    `
process.stdout.write('first\\n' + ${JSON.stringify(prompt)});
process.stdin.setEncoding('utf8').once('data', (given) => {
  console.log('given ' + JSON.stringify(given.trim()));
  process.exit(0);
});
`,
    play,
  );

async function running(
  text: string,
  {
    change = (context) => context,
    ...play
  }: Omit<Play, 'kind'> & { readonly change?: (context: ActContext) => ActContext } = {},
) {
  const file = join(steps.folder, `ask-${Math.random().toString(36).slice(2)}.js`);
  await writeFile(file, `#!/usr/bin/env node\n${text}`);
  await chmod(file, 0o755);
  const kind: StepKind = {
    name: 'asking',
    mutates: true,
    parse: (params) => params,
    plan: async () => ({ commands: [], dangers: [], evidence: [], baseline: null, alreadyDone: false }),
    act: (_params, context) =>
      runScript(change(context), {
        command: { file, args: [], cwd: steps.folder },
        head: steps.world.head,
        what: 'Asking',
        stackName: 'CoreProductionBoss',
      }),
    prove: async () => ({ is: 'done', summary: 'It ran.', evidence: [] }),
  };
  const played = await steps.play({ ...play, kind });
  const log = await readFile(join(played.scriptFolder, 'out.log'), 'utf8');
  return { ...played, given: /given "(.*)"/.exec(log)?.[1] };
}

describe('a prompt of a script', () => {
  it('that data would be lost at is always answered n', async () => {
    const { given, acted } = await asking('All data will be lost. Are you sure you want to proceed? [y/N]: ');
    expect(given).toBe('n');
    expect(acted.codes).toEqual(['forbiddenPrompt']);
  });

  it('for an update that nobody reviews is answered n', async () => {
    const { given, acted } = await asking('Apply Update? [y/N]: ');
    expect(given).toBe('n');
    expect(acted.codes).toEqual(['forbiddenPrompt']);
  });

  it('about lambdas speaks of no change set where none is reviewed: a create makes none', async () => {
    const { given, journal } = await asking('Build multilambda [Y/n]: ');
    expect(given).toBe('y');
    expect(journal.asked.map(({ asked }) => asked.text.join(' ')).join()).not.toMatch(/change set|Apply/);
    expect(journal.asked).toHaveLength(1);
  });

  it('for the Vault cluster wants the stack typed', async () => {
    const prompt = 'This updated will recreate the Vault cluster, proceed? [y/N]: ';
    expect((await asking(prompt)).given).toBe('y');
    const declined = await asking(prompt, { operator: () => ({ is: 'declined' }) });
    expect(declined.given).toBe('n');
    expect(declined.acted.codes).toEqual(['rejected']);
  });

  it('for a missing argument interrupts the script, because our command was wrong', async () => {
    const { given, acted } = await asking('path: ');
    expect(given).toBeUndefined();
    expect(acted.codes).toEqual(['unknownPrompt']);
    expect(acted.exitCode).not.toBe(0);
  });

  it('that nobody knows is shown when it has been quiet, and answered by what is typed, which is not written down', async () => {
    const { given, acted, journal } = await asking('Colour of the day? ', {
      operator: (key, asked) =>
        asked.question.is === 'type' ? { is: 'text', length: 9, text: 'turquoise' } : obliging(key, asked),
    });
    expect(given).toBe('turquoise');
    expect(acted).toMatchObject({ how: 'finished', exitCode: 0, codes: [] });
    expect(journal.asked[0]?.asked.text[0]).toBe('Colour of the day?');
    expect(JSON.stringify([journal.intended, journal.effects])).not.toContain('turquoise');
  });

  it('is none where the script goes on by itself before it has been quiet for long', async () => {
    const { acted, journal } = await running(
      "process.stdout.write('Uploading: '); setTimeout(() => console.log('done'), 1_000);",
    );
    expect(acted).toMatchObject({ exitCode: 0, codes: [] });
    expect(journal.asked).toEqual([]);
  });

  it('that asks for a secret is masked, and is interrupted where the step is cancelled', async () => {
    let waits = false;
    const { given, acted, journal } = await asking('Password for nobody: ', {
      operator: () => {
        waits = true;
        return undefined;
      },
      cancelled: () => waits,
    });
    expect(given).toBeUndefined();
    expect(acted.how).toBe('cancelled');
    expect(journal.asked[0]?.asked.question).toEqual({ is: 'type', masked: true });
    expect(journal.withdrawn).toHaveLength(1);
  });
});

describe('a script', () => {
  it('tells in the record what was done, for a person who reads it', async () => {
    const { journal } = await asking('Update? [N/y] ');
    expect(journal.words.slice(1)).toEqual([
      'sees a prompt of the script',
      'decides to answer "y"',
      'types "y" into the script',
    ]);
  });

  it('that is running when it is cancelled is interrupted, once', async () => {
    const { acted, scriptFolder } = await asking('still busy', { cancelled: () => true });
    expect(acted).toMatchObject({ how: 'cancelled', codes: ['cancelled'] });
    expect(await readdir(join(scriptFolder, 'in'))).toHaveLength(1);
  });

  it('that prints faster than it is read is interrupted none the less when it is cancelled', async () => {
    const line = 'on and on\n';
    const { acted } = await running('setInterval(() => {}, 1_000);', {
      cancelled: () => true,
      // However far it was read, there is always one line more.
      change: (context) => {
        const { scripts } = context.doors;
        let offset = 0;
        const state: typeof scripts.state = async (folder) => {
          const real = await scripts.state(folder);
          return real.is === 'running' ? { ...real, logBytes: offset + line.length } : real;
        };
        const read: typeof scripts.read = async (_folder, from) => {
          offset = from + line.length;
          return { text: line, nextOffset: offset };
        };
        return { ...context, doors: { ...context.doors, scripts: { ...scripts, state, read } } };
      },
    });
    expect(acted).toMatchObject({ how: 'cancelled', codes: ['cancelled'] });
  });

  it('that does not heed the first Ctrl-C is sent another for each time that it is cancelled again', async () => {
    const heard = join(steps.folder, 'heard');
    const ready = join(steps.folder, 'ready');
    const { acted, scriptFolder, journal } = await running(
      `let heard = 0;
process.on('SIGINT', () => {
  require('node:fs').writeFileSync(${JSON.stringify(heard)}, '');
  heard += 1;
  if (heard === 2) process.exit(130);
});
setInterval(() => {}, 1_000);
require('node:fs').writeFileSync(${JSON.stringify(ready)}, '');`,
      {
        cancelled: () => existsSync(ready),
        // The operator asks again, having read that it heard the first.
        cancels: () => (existsSync(heard) ? 2 : 1),
      },
    );
    expect(acted).toMatchObject({ how: 'cancelled', exitCode: 130, codes: ['cancelled'] });
    expect(await readdir(join(scriptFolder, 'in'))).toEqual(['0001', '0002']);
    expect(journal.words.filter((word) => word === 'stops the script, as Ctrl-C does')).toHaveLength(2);
  });
});
