import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where boss-tui keeps everything: `$XDG_STATE_HOME/boss-tui`, by default below `~/.local/state`. */
export function stateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment.XDG_STATE_HOME;
  return join(base && isAbsolute(base) ? base : join(homedir(), '.local', 'state'), 'boss-tui');
}

/** Rehearsals keep their records apart, so that no one takes one for the other. */
export const rehearsalFolder = (environment?: NodeJS.ProcessEnv): string => join(stateFolder(environment), 'rehearsal');

/** Holds the lock and a folder for each release of a bosslet. */
export const bossletFolder = (root: string, { accountId, name }: { accountId: string; name: string }): string =>
  join(root, accountId, name);
