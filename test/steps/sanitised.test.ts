import { describe, expect, it } from 'vitest';
import type { ActContext, Asked, StepKind } from '../../src/steps/kind.ts';
import { sanitised } from '../../src/steps/sanitised.ts';

const HOSTILE = 'a\u001b[2J\u001b]0;owned\u0007b\u202ec';
const CLEAN = 'abc';
const evidence = [{ label: HOSTILE, value: `${HOSTILE}\n${HOSTILE}`, tone: 'plain' as const }];
const clean = [{ label: CLEAN, value: `${CLEAN} ${CLEAN}`, tone: 'plain' }];

/** A kind that repeats what the world says. */
const kind: StepKind<null, { raw: string }> = {
  name: 'hostile',
  mutates: false,
  parse: () => null,
  plan: async () => ({
    commands: [HOSTILE],
    dangers: [{ id: 'x', level: 'danger', text: HOSTILE }],
    evidence,
    baseline: { raw: HOSTILE },
    alreadyDone: false,
  }),
  act: async (_params, context) => {
    await context.decide('x', { title: HOSTILE, text: [`  ${HOSTILE}`], evidence, question: { is: 'confirm' } });
    return { how: 'finished', codes: [], error: `${HOSTILE} ${context.attempt.number}`, facts: { raw: HOSTILE } };
  },
  prove: async () => ({ is: 'failed', summary: HOSTILE, evidence }),
};

describe('what a step says of the world outside', () => {
  it('is sanitised before it is drawn or written down', async () => {
    const asked: Asked[] = [];
    let number = 1;
    const context = {
      decide: async (_key: string, each: Asked) => {
        asked.push(each);
        number = 2;
        return { is: 'confirmed' };
      },
      get attempt() {
        return { number };
      },
    } as unknown as ActContext<{ raw: string }>;
    const told = sanitised(kind);
    expect(await told.plan(null, context)).toMatchObject({
      commands: [CLEAN],
      dangers: [{ text: CLEAN }],
      evidence: clean,
    });
    const acted = await told.act(null, context);
    expect(asked).toMatchObject([{ title: CLEAN, text: [`  ${CLEAN}`], evidence: clean }]);
    expect(acted.error).toBe(`${CLEAN} 2`);
    expect(await told.prove(null, context, context.attempt)).toMatchObject({ summary: CLEAN, evidence: clean });
  });

  it('leaves alone what is compared', async () => {
    const plan = await sanitised(kind).plan(null, {} as ActContext);
    expect(plan.baseline).toEqual({ raw: HOSTILE });
  });
});
