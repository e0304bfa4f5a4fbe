import * as z from 'zod';
import { Secret } from '../text/secret.ts';
import { asTyped, vaultRead as command } from './bossManage.ts';
import type { ActContext, Acted, Asked, StepKind } from './kind.ts';
import { paramsOf } from './params.ts';
import { stringsOfPython } from './pythonLiteral.ts';
import { readVault } from './vaultRead.ts';

const params = z.strictObject({ path: z.string().min(1) });

/** A password that nobody looks at any more is taken off the screen after this time. */
const SHOWN_MS = 60_000;

/** Reads a password from Vault and shows it beside a question; it is never stored anywhere. */
export const password: StepKind<z.infer<typeof params>, null> = {
  name: 'password',
  // It changes nothing, but Vault's one port belongs to whoever acts.
  mutates: true,
  parse: paramsOf('password', params),
  plan: async ({ path }, { bosslet }) => ({
    commands: [asTyped(command(bosslet, path))],
    dangers: [],
    evidence: [{ label: 'Shown', value: 'masked, until a key or 60 s', tone: 'plain' }],
    baseline: null,
    alreadyDone: false,
  }),
  act: ({ path }, context) => show(path, context),
  prove: async (_params, _context, { acted }) =>
    acted?.how === 'finished' && acted.codes.length === 0
      ? { is: 'done', summary: 'The password was shown.', evidence: [] }
      : {
          is: 'failed',
          code: acted?.codes[0] ?? 'notFound',
          summary: acted?.error ?? 'The password was not shown.',
          evidence: [],
        },
};

async function show(path: string, context: ActContext<null>): Promise<Acted> {
  for (let time = 1; ; time += 1) {
    // Read back from the journal, a question that was answered needs no password.
    const wasAnswered = context.attempt.decisions[`shown/${time}`] !== undefined;
    if (!wasAnswered) {
      const found = await readPassword(path, context);
      if ('error' in found) return { how: 'finished', codes: ['notFound'], error: found.error };
      if ((await untilSeen(`shown/${time}`, found, context)) === 'seen') return { how: 'finished', codes: [] };
    } else return { how: 'finished', codes: [] };
    const again = await context.decide(`again/${time}`, AGAIN);
    if (again.is !== 'chosen' || again.option !== 'again') return { how: 'finished', codes: [] };
  }
}

const AGAIN: Asked = {
  title: 'The password was taken off the screen',
  text: ['It was shown for a minute.'],
  question: {
    is: 'choose',
    options: [
      { id: 'done', label: 'I have it' },
      { id: 'again', label: 'Show it again' },
    ],
    recommended: 'done',
  },
};

interface Found {
  readonly password: Secret;
  readonly username: string;
}

async function readPassword(path: string, context: ActContext<null>): Promise<Found | { readonly error: string }> {
  context.progress({ text: 'Reading from Vault; each hop of the tunnel takes 10 s' });
  const { exitCode, output } = await readVault(path, context);
  const { password: value = '', username = 'bossadmin' } = stringsOfPython(output);
  if (exitCode === 0 && value !== '') return { password: new Secret(value), username };
  return {
    error:
      exitCode === 0
        ? `Vault has no password at ${path}: is it the right bosslet?`
        : `vault-read ended with exit ${exitCode}: check ssh, the bastion and that port 3128 is free.`,
  };
}

async function untilSeen(key: string, found: Found, context: ActContext<null>): Promise<'seen' | 'hidden'> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const answer = context.decide(key, {
    title: `Password of ${found.username}`,
    text: ['Log in with it at the collection page; it is shown for 60 s.'],
    reveals: true,
    question: { is: 'choose', options: [{ id: 'seen', label: 'I have it' }], recommended: 'seen' },
  });
  context.reveal(key, found.password);
  answer.catch(() => {});
  const hidden = context.clock.sleep(context.clock.limit(SHOWN_MS), signal).then(() => 'hidden' as const);
  hidden.catch(() => {});
  try {
    const first = await Promise.race([answer, hidden]);
    if (first !== 'hidden') return 'seen';
    await context.withdraw(key);
    return 'hidden';
  } finally {
    over.abort();
  }
}
