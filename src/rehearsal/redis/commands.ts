import { CommandError } from './arguments.ts';
import { CONNECTION_COMMANDS } from './connectionCommands.ts';
import { globMatches } from './glob.ts';
import { infoText } from './info.ts';
import { KEY_COMMANDS } from './keyCommands.ts';
import { failure, type RedisReply } from './resp.ts';
import type { Process, Session } from './session.ts';

/** A command. Add one as a row of a table here or in the files beside. */
export interface Command {
  /** As Redis counts it: with the command's name; negative: at least so many. */
  readonly arity: number;
  /** Allowed on a connection that has not given the password yet. */
  readonly beforeAuth?: true;
  /** `args` are those after the name. Throws {@link CommandError}. */
  run(args: readonly string[], session: Session, server: Process): RedisReply;
}

const CONFIGURATION: Readonly<Record<string, (server: Process) => string>> = {
  appendonly: () => 'no',
  databases: (server) => String(server.databases.length),
  maxmemory: () => '0',
  'maxmemory-policy': () => 'volatile-lru',
  port: (server) => String(server.port),
  save: () => '',
};

const config: Command = {
  arity: -2,
  run([subcommand = '', ...patterns], _, server) {
    if (subcommand.toUpperCase() !== 'GET' || patterns.length === 0)
      throw new CommandError(
        `ERR Unknown subcommand or wrong number of arguments for '${subcommand}'. Try CONFIG HELP.`,
      );
    const entries = Object.entries(CONFIGURATION)
      .filter(([name]) => patterns.some((pattern) => globMatches(pattern.toLowerCase(), name)))
      .map(([name, value]) => [name, value(server)] as const);
    return { is: 'map', entries };
  },
};

const describeCommand = ([name, { arity }]: readonly [string, Command]): RedisReply => [name, arity, [], 0, 0, 0];

const command: Command = {
  arity: -1,
  run([subcommand, ...names]) {
    const all = Object.entries(COMMANDS);
    if (subcommand === undefined) return all.map(describeCommand);
    if (subcommand.toUpperCase() === 'COUNT') return all.length;
    if (subcommand.toUpperCase() === 'INFO')
      return names.map((name) => {
        const found = all.find(([candidate]) => candidate === name.toLowerCase());
        return found ? describeCommand(found) : null;
      });
    throw new CommandError(
      `ERR Unknown subcommand or wrong number of arguments for '${subcommand}'. Try COMMAND HELP.`,
    );
  },
};

const COMMANDS: Readonly<Record<string, Command>> = {
  ...CONNECTION_COMMANDS,
  ...KEY_COMMANDS,
  command,
  config,
  info: { arity: -1, run: (sections, _, server) => ({ is: 'text', text: infoText(server, sections) }) },
};

const LONGEST_QUOTE = 128;

/** As Redis 6.2 says it. */
function unknownCommand(name: string, args: readonly string[]): RedisReply {
  const quoted = args.map((arg) => `\`${arg.slice(0, LONGEST_QUOTE)}\`, `).join('');
  const line = `ERR unknown command \`${name.slice(0, LONGEST_QUOTE)}\`, with args beginning with: ${quoted}`;
  return failure(line.replace(/[\r\n]/g, ' ').slice(0, 512));
}

/** Runs one request; whatever is wrong with it is a reply too. */
export function runCommand(request: readonly string[], session: Session, server: Process): RedisReply {
  const [name = '', ...args] = request;
  const lower = name.toLowerCase();
  const found = Object.hasOwn(COMMANDS, lower) ? COMMANDS[lower] : undefined;
  if (!found) return unknownCommand(name, args);
  const fits = found.arity < 0 ? request.length >= -found.arity : request.length === found.arity;
  if (!fits) return failure(`ERR wrong number of arguments for '${lower}' command`);
  if (!session.authenticated && !found.beforeAuth) return failure('NOAUTH Authentication required.');
  try {
    return found.run(args, session, server);
  } catch (error) {
    if (error instanceof CommandError) return error.reply;
    throw error;
  }
}
