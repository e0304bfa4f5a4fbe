import type { ScriptCommand, ScriptsAct } from '../doors.ts';

/** The account that scripts for a bosslet act in. */
export interface ScriptAccount {
  readonly bosslet: string;
  /** Rejects unless the credentials are of it. */
  mustBeOurs(): Promise<void>;
}

/**
 * Scripts that are started only while the credentials are of the account of the bosslet that their command names: they
 * find theirs by themselves, and would act wherever those lead.
 */
export function inTheirAccount(
  scripts: ScriptsAct,
  own: ScriptAccount,
  others: readonly ScriptAccount[] = [],
): ScriptsAct {
  return {
    ...scripts,
    start: async (folder, command) => {
      await accountOf(command, own, others).mustBeOurs();
      await scripts.start(folder, command);
    },
  };
}

/** Scripts as a session that only looks has them. */
export const neverStarted = (scripts: ScriptsAct): ScriptsAct => ({
  ...scripts,
  start: async (_folder, { file }) => {
    throw new Error(`${file} was not started: this session only looks and changes nothing; act as the operator.`);
  },
});

/** `dev.boss` as a word of its own, or as the end of `vault.dev.boss`; where none is named, the bosslet's own. */
function accountOf({ args }: ScriptCommand, own: ScriptAccount, others: readonly ScriptAccount[]): ScriptAccount {
  const names = ({ bosslet }: ScriptAccount) => args.some((word) => word === bosslet || word.endsWith(`.${bosslet}`));
  // The longest name first: one may end in another.
  const all = [own, ...others].toSorted((a, b) => b.bosslet.length - a.bosslet.length);
  return all.find(names) ?? own;
}
