import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActContext, StepKind } from '../../src/steps/kind.ts';
import { runScript } from '../../src/steps/scriptRun.ts';
import { until } from '../support/until.ts';
import { type Play, type StepWorld, startStepWorld } from './stepWorld.ts';

let steps: StepWorld;
beforeAll(async () => {
  steps = await startStepWorld();
});
afterAll(() => steps.end());

/** Asks to apply, then something that is always declined; keeps what each was given where no terminal can lose it. */
const script = (given: string) => `#!/usr/bin/env node
const { appendFileSync } = require('node:fs');
const lines = require('node:readline').createInterface({ input: process.stdin });
const questions = [['apply', 'Apply Update? [y/N]: '], ['second', 'All data will be lost. Are you sure you want to proceed? [y/N]: ']];
const ask = () => questions.length ? process.stdout.write(questions[0][1]) : process.exit(0);
lines.on('line', (line) => {
  const [name] = questions.shift() ?? ['nothing'];
  appendFileSync(${JSON.stringify(given)}, name + ' ' + line.trim() + '\\n');
  ask();
});
ask();
`;

type Kill = (context: ActContext) => Promise<void>;

let scripts = 0;
/** Plays it, with a panel that dies at a point and, where told, a supervisor that is killed at another. */
async function playTwoQuestions(dies: Play['dies'], kills: { beforeAnswer?: Kill; inSecondLife?: Kill } = {}) {
  scripts += 1;
  const file = join(steps.folder, `two-${scripts}.js`);
  const given = join(steps.folder, `given-${scripts}`);
  await writeFile(file, script(given));
  await chmod(file, 0o755);
  let lives = 0;
  const kind: StepKind = {
    name: 'asking',
    mutates: true,
    parse: (params) => params,
    plan: async () => ({ commands: [], dangers: [], evidence: [], baseline: null, alreadyDone: false }),
    act: async (_params, context) => {
      lives += 1;
      if (lives > 1) await kills.inSecondLife?.(context);
      return runScript(context, {
        command: { file, args: [], cwd: steps.folder },
        head: steps.world.head,
        what: 'Asking',
        review: async () => {
          await kills.beforeAnswer?.(context);
          return { text: 'y' };
        },
      });
    },
    prove: async () => ({ is: 'done', summary: 'It ran.', evidence: [] }),
  };
  const played = await steps.play({ kind, ...(dies && { dies }) });
  const text = await readFile(given, 'utf8').catch(() => '');
  return { ...played, lives, given: text.split('\n').filter(Boolean) };
}

/** kill -9, and until it is seen to be dead. */
const killSupervisor: Kill = async ({ attempt, doors }) => {
  const { pid } = JSON.parse(await readFile(join(attempt.scriptFolder, 'supervisor.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await until('the script to be lost', async () => (await doors.scripts.state(attempt.scriptFolder)).is === 'lost');
};

const POINTS = (['beforeIntent', 'beforeRun', 'beforeResult'] as const).flatMap((when) =>
  [/^start$/, /^prompt@0$/, /^reply@0\/y$/, /^answer\/1@0$/, /^prompt@[1-9]/, /^answer\/2@/].map((effect) => ({
    when,
    effect,
  })),
);

describe('a script that asks to apply and then something else', () => {
  it.each(POINTS)('gives each question its own answer once, the panel killed $when of $effect', async (dies) => {
    const { given, acted, lives } = await playTwoQuestions(dies);
    expect(lives).toBe(2);
    expect(given).toEqual(['apply y', 'second n']);
    expect(acted).toMatchObject({ how: 'finished', exitCode: 0, codes: ['forbiddenPrompt'] });
  });

  it('is lost, and not answered, where its supervisor is killed before the answer is given', async () => {
    const { given, acted } = await playTwoQuestions(undefined, { beforeAnswer: killSupervisor });
    expect(given).toEqual([]);
    expect(acted).toMatchObject({ how: 'lost' });
    expect(acted.exitCode).toBeUndefined();
  });

  // After its last answer the script ends by itself, killed or not.
  it.each(POINTS.filter(({ effect }) => /@0/.test(effect.source)))(
    'is lost, and answered nothing again, where both are killed: the panel $when of $effect',
    async (dies) => {
      const { given, acted } = await playTwoQuestions(dies, { inSecondLife: killSupervisor });
      expect(['apply y', 'second n'].slice(0, given.length)).toEqual(given);
      expect(acted.how).toBe('lost');
    },
  );
});
