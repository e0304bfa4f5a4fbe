import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { runCommand } from './commands.ts';
import { createDatabase, type Database } from './keyspace.ts';
import { createRequestReader, encodeReply, failure, ProtocolError } from './resp.ts';
import type { Process, Session } from './session.ts';

/** What is in a server and how it changes with time: brought up to date before each request. */
export interface Contents {
  update(databases: readonly Database[], nowMs: number): void;
}

/** One Redis on a loopback port that stays the same however often the process behind it changes. */
export interface RedisServer {
  readonly port: number;
  /** The process's; undefined while it is down. */
  runId(): string | undefined;
  /** Ends every connection and resets each new one, as a deleted cluster does. */
  goDown(): void;
  /** Starts a new process with nothing in it but what `contents` puts there. */
  comeUp(contents?: Contents): void;
  /** Another process takes over with the same keys; every connection is lost. Does nothing while it is down. */
  failOver(): void;
  close(): Promise<void>;
}

const DATABASES = 16;
const LOOPBACK = '127.0.0.1';

interface Running extends Process {
  readonly contents: Contents | undefined;
}

/** Starts a server that is up. `onRequest` is called for each request. */
export async function startRedis(options: {
  readonly clock: Clock;
  readonly contents?: Contents;
  readonly password?: string;
  readonly onRequest?: () => void;
  /** Whether the network to it is lost now: every connection is reset. Absent: never. */
  readonly isCutOff?: () => boolean;
}): Promise<RedisServer> {
  const { clock, isCutOff = () => false } = options;
  const sockets = new Map<Socket, Session>();
  let nextId = 1;
  let running: Running | undefined;

  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (!running || isCutOff()) return void socket.resetAndDestroy();
    const address = `${socket.remoteAddress}:${socket.remotePort}`;
    const authenticated = options.password === undefined;
    const session: Session = {
      id: nextId++,
      address,
      protocol: 2,
      database: 0,
      name: '',
      authenticated,
      leaving: false,
    };
    sockets.set(socket, session);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, session, running);
  });

  function serve(socket: Socket, session: Session, process: Running): void {
    const read = createRequestReader();
    socket.on('data', (chunk) => {
      if (session.leaving) return;
      if (isCutOff()) return void socket.resetAndDestroy();
      let bytes = '';
      try {
        for (const request of read(chunk)) {
          options.onRequest?.();
          process.contents?.update(process.databases, clock.now());
          bytes += encodeReply(runCommand(request, session, process), session.protocol);
          if (session.leaving) break;
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        session.leaving = true;
        bytes += encodeReply(failure(`ERR Protocol error: ${error.message}`), session.protocol);
      }
      if (session.leaving) socket.end(bytes, 'latin1');
      else if (bytes !== '') socket.write(bytes, 'latin1');
    });
  }

  function comeUp(
    contents?: Contents,
    databases: Running['databases'] = Array.from({ length: DATABASES }, () => createDatabase(() => clock.now())),
  ): void {
    running = {
      runId: randomBytes(20).toString('hex'),
      port: portOf(server),
      databases,
      password: options.password,
      startedAtMs: clock.now(),
      sessions: () => [...sockets.values()],
      now: () => clock.now(),
      contents,
    };
  }

  function goDown(): void {
    running = undefined;
    for (const socket of sockets.keys()) socket.resetAndDestroy();
  }

  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  comeUp(options.contents);
  return {
    port: portOf(server),
    runId: () => running?.runId,
    goDown,
    comeUp(contents) {
      goDown();
      comeUp(contents);
    },
    failOver() {
      const before = running;
      if (!before) return;
      goDown();
      comeUp(before.contents, before.databases);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      goDown();
      await closed;
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The embedded Redis does not listen on a port.');
  return address.port;
}
