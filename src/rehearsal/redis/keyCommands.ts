import { CommandError, integer, options, SYNTAX_ERROR } from './arguments.ts';
import type { Command } from './commands.ts';
import { globMatches } from './glob.ts';
import type { Database } from './keyspace.ts';
import { OK, type RedisReply } from './resp.ts';
import type { Process, Session } from './session.ts';

/** What SCAN looks at in a call that does not say (redis.io/commands/scan). */
const USUAL_COUNT = 10;

const databaseOf = (session: Session, server: Process): Database => {
  const database = server.databases[session.database];
  if (!database) throw new CommandError('ERR DB index is out of range');
  return database;
};

const bitOf = (yes: boolean): number => (yes ? 1 : 0);

function scan(args: readonly string[], session: Session, server: Process): RedisReply {
  const [position = '', ...rest] = args;
  if (!/^\d{1,19}$/.test(position)) throw new CommandError('ERR invalid cursor');
  const given = options(rest, { MATCH: 1, COUNT: 1, TYPE: 1 });
  const count = given.has('COUNT') ? integer(given.get('COUNT')?.[0]) : USUAL_COUNT;
  if (count < 1) throw new CommandError(SYNTAX_ERROR);
  const pattern = given.get('MATCH')?.[0];
  const type = given.get('TYPE')?.[0]?.toLowerCase() ?? 'string';
  const page = databaseOf(session, server).scan(Number(position), count);
  const keys =
    type !== 'string' ? [] : pattern === undefined ? page.keys : page.keys.filter((key) => globMatches(pattern, key));
  return [String(page.cursor), keys];
}

/** When a key that is set with these options goes. */
function expiryOf(given: ReadonlyMap<string, readonly string[]>, kept: number | undefined, nowMs: number) {
  if (given.has('KEEPTTL')) return kept;
  const [unit, amount] = given.has('EX') ? [1000, given.get('EX')?.[0]] : [1, given.get('PX')?.[0]];
  if (amount === undefined) return undefined;
  const ms = integer(amount) * unit;
  if (ms <= 0) throw new CommandError("ERR invalid expire time in 'set' command");
  return nowMs + ms;
}

function set(args: readonly string[], session: Session, server: Process): RedisReply {
  const [key = '', value = '', ...rest] = args;
  const given = options(rest, { EX: 1, PX: 1, NX: 0, XX: 0, KEEPTTL: 0, GET: 0 });
  const lifetimes = ['EX', 'PX', 'KEEPTTL'].filter((name) => given.has(name));
  if (lifetimes.length > 1 || (given.has('NX') && given.has('XX'))) throw new CommandError(SYNTAX_ERROR);
  const database = databaseOf(session, server);
  const before = database.get(key) ?? null;
  const expiresAtMs = expiryOf(given, database.expiresAtMs(key), server.now());
  const refused = (given.has('NX') && before !== null) || (given.has('XX') && before === null);
  if (!refused) database.set(key, value, expiresAtMs);
  if (given.has('GET')) return before;
  return refused ? null : OK;
}

function timeToLive(unitMs: number): Command['run'] {
  return ([key = ''], session, server) => {
    const database = databaseOf(session, server);
    if (!database.has(key)) return -2;
    const endsAtMs = database.expiresAtMs(key);
    return endsAtMs === undefined ? -1 : Math.round((endsAtMs - server.now()) / unitMs);
  };
}

function expire(unitMs: number): Command['run'] {
  return ([key = '', amount], session, server) => {
    const ms = integer(amount) * unitMs;
    const database = databaseOf(session, server);
    const value = database.get(key);
    if (value === undefined) return 0;
    if (ms <= 0) database.delete(key);
    else database.set(key, value, server.now() + ms);
    return 1;
  };
}

const remove: Command['run'] = (keys, session, server) =>
  keys.filter((key) => databaseOf(session, server).delete(key)).length;

/** The commands that read and write keys. `arity` as Redis counts it: with the name; negative: at least. */
export const KEY_COMMANDS: Readonly<Record<string, Command>> = {
  dbsize: { arity: 1, run: (_, session, server) => databaseOf(session, server).size() },
  del: { arity: -2, run: remove },
  exists: {
    arity: -2,
    run: (keys, session, server) => keys.filter((key) => databaseOf(session, server).has(key)).length,
  },
  expire: { arity: 3, run: expire(1000) },
  flushall: {
    arity: -1,
    run(_, __, server) {
      for (const database of server.databases) database.clear();
      return OK;
    },
  },
  flushdb: {
    arity: -1,
    run(_, session, server) {
      databaseOf(session, server).clear();
      return OK;
    },
  },
  get: { arity: 2, run: ([key = ''], session, server) => databaseOf(session, server).get(key) ?? null },
  keys: {
    arity: 2,
    run: ([pattern = ''], session, server) =>
      databaseOf(session, server)
        .keys()
        .filter((key) => globMatches(pattern, key)),
  },
  persist: {
    arity: 2,
    run([key = ''], session, server) {
      const database = databaseOf(session, server);
      const value = database.get(key);
      if (value === undefined || database.expiresAtMs(key) === undefined) return bitOf(false);
      database.set(key, value);
      return bitOf(true);
    },
  },
  pexpire: { arity: 3, run: expire(1) },
  pttl: { arity: 2, run: timeToLive(1) },
  scan: { arity: -2, run: scan },
  set: { arity: -3, run: set },
  ttl: { arity: 2, run: timeToLive(1000) },
  type: {
    arity: 2,
    run: ([key = ''], session, server) => ({
      is: 'status',
      text: databaseOf(session, server).has(key) ? 'string' : 'none',
    }),
  },
  unlink: { arity: -2, run: remove },
};
