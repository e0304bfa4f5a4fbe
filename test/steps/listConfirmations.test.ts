import { expect, it } from 'vitest';
import { createClock } from '../../src/clock.ts';
import type { ActContext, Asked } from '../../src/steps/kind.ts';
import { untilConfirmed } from '../../src/steps/listConfirmations.ts';
import type { ListSnapshot, SavedSubscription } from '../../src/steps/mailingListSnapshot.ts';

const NAMES = ['ada', 'ben', 'chiara'];
const arnOf = (name: string) => `arn:aws:sns:us-east-1:123456789012:List:${name}`;
const saved = NAMES.map(
  (name): SavedSubscription => ({
    subscriptionArn: arnOf(name),
    protocol: 'email',
    endpoint: `${name}@example.org`,
    owner: '123456789012',
    attributes: {},
  }),
);

/** A list on which nobody has confirmed, and an operator who takes the option that `answers` gives, or leaves the question open. */
function scene(answers: (key: string) => string | undefined) {
  const confirmed = new Set<string>();
  const asked = new Map<string, Asked>();
  const withdrawn: string[] = [];
  const subscribed: string[] = [];
  const clock = createClock({ speed: 100_000, originMs: 0, startedAtMs: Date.now() });
  const context = {
    clock,
    signal: new AbortController().signal,
    attempt: { effects: {} },
    release: { facts: {} },
    read: {
      aws: {
        sns: {
          listSubscriptions: async () =>
            saved.map(({ attributes: _, ...one }) => ({
              ...one,
              subscriptionArn: confirmed.has(one.endpoint) ? one.subscriptionArn : 'PendingConfirmation',
            })),
        },
      },
    },
    cancelRequested: () => false,
    progress: () => {},
    decide: async (key: string, question: Asked) => {
      asked.set(key, question);
      const option = answers(key);
      if (option !== undefined) return { is: 'chosen', option };
      // One more confirms while the question stands.
      const next = saved.find(({ endpoint }) => !confirmed.has(endpoint));
      if (next) confirmed.add(next.endpoint);
      return new Promise(() => {});
    },
    withdraw: async (key: string) => void withdrawn.push(key),
    effect: async (key: string) => {
      subscribed.push(key);
      return { atMs: 0 };
    },
  } as unknown as ActContext;
  const snapshot = { topicArn: 'arn', subscriptions: saved } as unknown as ListSnapshot;
  return { run: () => untilConfirmed(context, snapshot), asked, withdrawn, subscribed };
}

it('a question that is left open follows those who confirm, as one and the same, and goes when all have', async () => {
  const { run, asked, withdrawn } = scene(() => undefined);
  expect(await run()).toEqual({});
  expect([...asked].map(([key, { continues, evidence }]) => [key, continues, evidence?.length])).toEqual([
    ['pending/1', undefined, 3],
    ['pending/2', 'pending/1', 2],
    ['pending/3', 'pending/1', 1],
  ]);
  expect(withdrawn).toEqual(['pending/1', 'pending/2', 'pending/3']);
});

it('what is asked after an answer is a question of its own', async () => {
  const { run, asked, subscribed } = scene((key) => ({ 'pending/2': 'resend', 'pending/4': 'finish' })[key]);
  expect(Object.keys((await run()) as object)).toEqual([]);
  expect([...asked].map(([key, { continues }]) => [key, continues])).toEqual([
    ['pending/1', undefined],
    ['pending/2', 'pending/1'],
    ['pending/3', undefined],
    ['pending/4', 'pending/3'],
  ]);
  expect(subscribed).toEqual(['resend/2/email:ben@example.org', 'resend/2/email:chiara@example.org']);
});
