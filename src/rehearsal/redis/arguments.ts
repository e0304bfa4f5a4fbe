import { failure, type RedisReply } from './resp.ts';

/** An error reply, thrown from inside a command. */
export class CommandError extends Error {
  get reply(): RedisReply {
    return failure(this.message);
  }
}

export const SYNTAX_ERROR = 'ERR syntax error';
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';

/** Redis takes integers written plainly, and nothing else. */
export function integer(text: string | undefined, message = NOT_AN_INTEGER): number {
  if (text === undefined || !/^-?(0|[1-9]\d{0,15})$/.test(text)) throw new CommandError(message);
  return Number(text);
}

/** Options after a command's fixed arguments: how many values each takes, by its name in capitals. */
export function options(
  args: readonly string[],
  takes: Readonly<Record<string, number>>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (let at = 0; at < args.length; ) {
    const name = (args[at] ?? '').toUpperCase();
    const count = takes[name];
    if (count === undefined || at + count >= args.length) throw new CommandError(SYNTAX_ERROR);
    found.set(name, args.slice(at + 1, at + 1 + count));
    at += 1 + count;
  }
  return found;
}
