import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { AwsWorld } from '../contract.ts';
import type { FaultName } from '../faults.ts';
import { createOutage, type Outage } from '../outages.ts';
import type { Aws } from './account.ts';
import { createAgenda } from './agenda.ts';
import { findStack, isDeleted } from './cloudFormation/stack.ts';
import { type Answer, createGateway } from './gateway.ts';
import { createIds } from './ids.ts';
import { inTime, isPublic } from './route53.ts';
import { createSeed } from './seed.ts';

/** Larger than any template: what is beyond is not read. */
const LARGEST_BODY_BYTES = 2_000_000;

/**
 * Starts the AWS of an embedded world on 127.0.0.1: one HTTP server for all services and accounts. Whatever takes time
 * takes the clock's; `port` 0 is any that is free. Throws where the port is taken.
 */
export async function createAwsWorld({
  clock,
  faults,
  port = 0,
}: {
  readonly clock: Clock;
  readonly faults: ReadonlySet<FaultName>;
  readonly port?: number;
}): Promise<AwsWorld> {
  const server = createServer();
  await listen(server, port);
  const { port: boundPort } = server.address() as AddressInfo;
  const agenda = createAgenda(clock);
  const aws: Aws = {
    url: `http://127.0.0.1:${boundPort}`,
    agenda,
    ids: createIds('embedded'),
    faults,
    struck: new Set(),
    expiry: createOutage('expired-credentials', faults, clock),
    networkLoss: createOutage('network-loss', faults, clock),
    accounts: new Map(),
    accessKeys: new Map(),
    recordChanges: [],
    settled: new Set(),
  };
  const stopServing = serve(server, createGateway(aws), aws.networkLoss);
  return {
    url: aws.url,
    async close() {
      agenda.stop();
      stopServing();
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
    ...inspection(aws),
    isCutOff: () => aws.networkLoss.isOn(),
    seed: createSeed(aws),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((listening, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed);
      listening();
    });
  });
}

/**
 * How a network that is away shows: most connections are reset, every so many-th hangs until it is back, and from one
 * of them on new ones are refused for a share of the time that is left.
 */
const HANGS_EVERY = 4;
const REFUSES_FROM = 6;
const REFUSES_SHARE = 0.5;
/** Real milliseconds until a port is tried again that something else took meanwhile. */
const PORT_AGAIN_MS = 100;

/** Answers requests while the network is there. Returns the way to stop what only time would end. */
function serve(
  server: Server,
  gateway: (request: IncomingMessage, body: string) => Answer,
  networkLoss: Outage,
): () => void {
  let lost = 0;
  let refusing: NodeJS.Timeout | undefined;
  const refuseFor = (ms: number, port: number) => {
    server.close();
    const listenAgain = () => {
      server.once('error', () => {
        refusing = setTimeout(listenAgain, PORT_AGAIN_MS);
      });
      server.listen(port, '127.0.0.1', () => server.removeAllListeners('error'));
    };
    refusing = setTimeout(listenAgain, ms);
  };
  server.on('request', (request: IncomingMessage, response) => {
    if (networkLoss.isOn()) {
      lost += 1;
      request.on('error', () => {});
      const leftMs = networkLoss.leftMs();
      if (lost % HANGS_EVERY === 0) setTimeout(() => request.socket.destroy(), leftMs).unref();
      else request.socket.destroy();
      if (lost === REFUSES_FROM) refuseFor(leftMs * REFUSES_SHARE, (server.address() as AddressInfo).port);
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LARGEST_BODY_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const { statusCode, headers, body } = gateway(request, Buffer.concat(chunks).toString('utf8'));
      response.writeHead(statusCode, { ...headers, 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
    // A client that goes away in the middle of its call is nothing to the world.
    request.on('error', () => response.destroy());
  });
  return () => clearTimeout(refusing);
}

/** What the rest of the world, and tests, may look at and do without a call. */
function inspection(
  aws: Aws,
): Pick<
  AwsWorld,
  | 'recordChanges'
  | 'stackStatus'
  | 'onStackSettled'
  | 'confirmSubscription'
  | 'subscriptions'
  | 'messages'
  | 'expireCredentials'
> {
  const topicOf = (topicArn: string) => {
    const topic = aws.accounts.get(topicArn.split(':')[4] ?? '')?.topics.get(topicArn);
    if (!topic) throw new Error(`There is no topic ${topicArn} in the embedded AWS; seed it first.`);
    return topic;
  };
  return {
    recordChanges() {
      aws.agenda.catchUp();
      return inTime(aws.recordChanges).filter(({ name }) => isPublic(aws, name));
    },
    stackStatus(accountId, stackName) {
      aws.agenda.catchUp();
      const account = aws.accounts.get(accountId);
      const stack = account && findStack(account, stackName);
      return stack && !isDeleted(stack) ? stack.state.status : undefined;
    },
    onStackSettled: (listener) => void aws.settled.add(listener),
    confirmSubscription(topicArn, protocol, endpoint) {
      const found = topicOf(topicArn).subscriptions.find(
        (one) => one.state === 'pending' && one.protocol === protocol && one.endpoint === endpoint,
      );
      if (!found) throw new Error(`No subscription of ${protocol} ${endpoint} to ${topicArn} awaits confirmation.`);
      found.state = 'confirmed';
    },
    subscriptions: (topicArn) =>
      topicOf(topicArn).subscriptions.map(({ arn, protocol, endpoint, owner, state, attributes }) => ({
        arn,
        protocol,
        endpoint,
        owner,
        confirmed: state === 'confirmed',
        ...(state === 'deleted' ? { deleted: true as const } : {}),
        attributes: Object.fromEntries(attributes),
      })),
    messages: (topicArn) => topicOf(topicArn).messages,
    expireCredentials(accessKeyId) {
      const key = aws.accessKeys.get(accessKeyId);
      if (key) key.expired = true;
    },
  };
}
