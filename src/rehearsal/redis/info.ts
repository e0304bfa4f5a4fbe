import type { Process } from './session.ts';

/** What ElastiCache runs for BOSS. */
export const REDIS_VERSION = '6.2.6';

type Section = (server: Process) => Readonly<Record<string, string | number>>;

const SECTIONS: Readonly<Record<string, Section>> = {
  Server: (server) => ({
    redis_version: REDIS_VERSION,
    redis_mode: 'standalone',
    process_id: process.pid,
    run_id: server.runId,
    tcp_port: server.port,
    uptime_in_seconds: Math.max(0, Math.floor((server.now() - server.startedAtMs) / 1000)),
  }),
  Clients: (server) => ({ connected_clients: server.sessions().length, blocked_clients: 0 }),
  Persistence: () => ({ loading: 0, rdb_changes_since_last_save: 0, aof_enabled: 0 }),
  Replication: () => ({ role: 'master', connected_slaves: 0, master_repl_offset: 0 }),
  Keyspace: (server) =>
    Object.fromEntries(
      server.databases.flatMap((database, index) => {
        const keys = database.size();
        const { count, meanTtlMs } = database.expiring();
        return keys === 0 ? [] : [[`db${index}`, `keys=${keys},expires=${count},avg_ttl=${meanTtlMs}`]];
      }),
    ),
};

const ALL = new Set(['all', 'default', 'everything']);

/** INFO's text: the named sections (in any case), or all. An unknown section is an empty text. */
export function infoText(server: Process, names: readonly string[]): string {
  const wanted = names.map((name) => name.toLowerCase());
  const takesAll = wanted.length === 0 || wanted.some((name) => ALL.has(name));
  return Object.entries(SECTIONS)
    .filter(([title]) => takesAll || wanted.includes(title.toLowerCase()))
    .map(([title, section]) => {
      const lines = Object.entries(section(server)).map(([field, value]) => `${field}:${value}\r\n`);
      return `# ${title}\r\n${lines.join('')}`;
    })
    .join('\r\n');
}
