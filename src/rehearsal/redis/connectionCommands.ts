import { CommandError, integer, SYNTAX_ERROR } from './arguments.ts';
import type { Command } from './commands.ts';
import { REDIS_VERSION } from './info.ts';
import { OK, type RedisReply } from './resp.ts';
import type { Process, Session } from './session.ts';

const USER = 'default';

function authenticate(session: Session, server: Process, user: string, password: string): void {
  const isKnown = user === USER && (server.password === undefined || server.password === password);
  if (!isKnown) throw new CommandError('WRONGPASS invalid username-password pair or user is disabled.');
  session.authenticated = true;
}

function auth(args: readonly string[], session: Session, server: Process): RedisReply {
  if (args.length > 2) throw new CommandError(SYNTAX_ERROR);
  const [first = '', second] = args;
  if (second === undefined && server.password === undefined)
    throw new CommandError(
      'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    );
  authenticate(session, server, second === undefined ? USER : first, second ?? first);
  return OK;
}

const NAME_RULE = 'ERR Client names cannot contain spaces, newlines or special characters.';

function nameSession(session: Session, name: string): RedisReply {
  if (/[^!-~]/.test(name)) throw new CommandError(NAME_RULE);
  session.name = name;
  return OK;
}

/** What HELLO is to change, read before anything is changed. */
function helloOptions(rest: readonly string[]) {
  let credentials: readonly [string, string] | undefined;
  let name: string | undefined;
  for (let at = 0; at < rest.length; ) {
    const option = (rest[at] ?? '').toUpperCase();
    const [first, second] = [rest[at + 1], rest[at + 2]];
    if (option === 'AUTH' && first !== undefined && second !== undefined) {
      credentials = [first, second];
      at += 3;
    } else if (option === 'SETNAME' && first !== undefined) {
      name = first;
      at += 2;
    } else throw new CommandError(`ERR Syntax error in HELLO option '${rest[at]}'`);
  }
  return { credentials, name };
}

function hello(args: readonly string[], session: Session, server: Process): RedisReply {
  const [version, ...rest] = args;
  const protocol =
    version === undefined
      ? session.protocol
      : integer(version, 'ERR Protocol version is not an integer or out of range');
  if (protocol !== 2 && protocol !== 3) throw new CommandError('NOPROTO unsupported protocol version');
  const { credentials, name } = helloOptions(rest);
  if (credentials) authenticate(session, server, ...credentials);
  if (!session.authenticated)
    throw new CommandError(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
    );
  if (name !== undefined) nameSession(session, name);
  session.protocol = protocol;
  return {
    is: 'map',
    entries: [
      ['server', 'redis'],
      ['version', REDIS_VERSION],
      ['proto', protocol],
      ['id', session.id],
      ['mode', 'standalone'],
      ['role', 'master'],
      ['modules', []],
    ],
  };
}

const describe = (session: Session): string =>
  `id=${session.id} addr=${session.address} name=${session.name} db=${session.database} resp=${session.protocol}`;

function client(args: readonly string[], session: Session, server: Process): RedisReply {
  const [subcommand = '', ...rest] = args;
  const shape = `${subcommand.toUpperCase()} ${rest.length}`;
  switch (shape) {
    case 'ID 0':
      return session.id;
    case 'GETNAME 0':
      return session.name === '' ? null : session.name;
    case 'SETNAME 1':
      return nameSession(session, rest[0] ?? '');
    case 'INFO 0':
      return { is: 'text', text: `${describe(session)}\n` };
    case 'LIST 0':
      return {
        is: 'text',
        text: server
          .sessions()
          .map((other) => `${describe(other)}\n`)
          .join(''),
      };
    default:
      throw new CommandError(
        `ERR Unknown subcommand or wrong number of arguments for '${subcommand}'. Try CLIENT HELP.`,
      );
  }
}

/** The commands about the connection itself. */
export const CONNECTION_COMMANDS: Readonly<Record<string, Command>> = {
  auth: { arity: -2, run: auth, beforeAuth: true },
  client: { arity: -2, run: client },
  echo: { arity: 2, run: ([text = '']) => text },
  hello: { arity: -1, run: hello, beforeAuth: true },
  ping: {
    arity: -1,
    run(args) {
      if (args.length > 1) throw new CommandError("ERR wrong number of arguments for 'ping' command");
      return args[0] ?? { is: 'status', text: 'PONG' };
    },
  },
  quit: {
    arity: -1,
    beforeAuth: true,
    run(_, session) {
      session.leaving = true;
      return OK;
    },
  },
  select: {
    arity: 2,
    run([index], session, server) {
      const database = integer(index, 'ERR invalid DB index');
      if (database < 0 || database >= server.databases.length) throw new CommandError('ERR DB index is out of range');
      session.database = database;
      return OK;
    },
  },
};
