import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { joinWorld, stopWorld } from '../../src/rehearsal/joinWorld.ts';
import type { WorldAddresses } from '../../src/rehearsal/world.ts';
import { BIN, type Home, isGone, makeHome } from '../support/program.ts';
import { findProgram, needing } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { endpointsOf, isWithinThisMachine } from './trace.ts';

const needed = needing(['strace'], 'a rehearsal among the settings of a real account');

/** What nobody may touch: an endpoint, a program that gives credentials, an agent. */
interface Canary {
  readonly environment: Readonly<Record<string, string>>;
  connections(): number;
  gaveCredentials(): Promise<boolean>;
}

async function settings(home: Home): Promise<Canary> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const gave = join(home.folder, 'gave-credentials');
  const program = join(home.folder, 'credentials.js');
  const keys = { Version: 1, AccessKeyId: 'AKIACANARY0000000001', SecretAccessKey: 'canary' };
  await writeFile(
    program,
    `require('fs').writeFileSync(${JSON.stringify(gave)}, '');console.log(${JSON.stringify(JSON.stringify(keys))});`,
  );
  const profile = [
    'region = eu-west-3',
    `endpoint_url = ${url}`,
    `credential_process = ${process.execPath} ${program}`,
    '',
  ];
  await mkdir(join(home.folder, '.aws'));
  await writeFile(
    join(home.folder, '.aws', 'config'),
    ['[default]', ...profile, '[profile canary]', ...profile].join('\n'),
  );
  await writeFile(
    join(home.folder, '.aws', 'credentials'),
    '[default]\naws_access_key_id = AKIACANARY0000000002\naws_secret_access_key = canary\n',
  );
  // A bosslet of this account, which the rehearsal's has the name of.
  await writeFile(join(home.folder, 'boss-tui.config.json'), JSON.stringify(CONFIGURATION), { mode: 0o600 });
  return {
    environment: {
      AWS_PROFILE: 'canary',
      AWS_DEFAULT_PROFILE: 'canary',
      AWS_REGION: 'eu-west-3',
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_STS: url,
      AWS_ENDPOINT_URL_CLOUDFORMATION: url,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
      HTTP_PROXY: url,
      HTTPS_PROXY: url,
      ALL_PROXY: url,
      http_proxy: url,
      https_proxy: url,
      NODE_USE_ENV_PROXY: '1',
      SSH_AUTH_SOCK: '/nonexistent/agent',
    },
    connections: () => connections,
    gaveCredentials: () =>
      access(gave).then(
        () => true,
        () => false,
      ),
  };
}

const CONFIGURATION = {
  bosslets: {
    'production.boss': {
      internalDomain: 'production.boss',
      externalDomain: 'theboss.io',
      accountId: '123456789012',
      profile: 'canary',
      operator: 'operator@example.org',
      sprint: 'sprint42',
      dns: { resolvers: ['127.0.0.1:9'], authoritative: false },
      redis: { via: 'direct', caches: {} },
    },
  },
};

/** What the panel's doors lead to: an `address:port` of each. */
const doorsOf = ({ awsEndpoint, bosslet }: WorldAddresses): Readonly<Record<string, readonly string[]>> => ({
  aws: [new URL(awsEndpoint).host],
  resolvers: bosslet.dns.resolvers,
  nameServers: Object.values(bosslet.dns.nameServers ?? {}),
  caches: Object.values(bosslet.redis.caches).map((url) => new URL(url).host),
  site: Object.values(bosslet.connect ?? {}),
});

describe.skipIf(!needed.isThere)(needed.name, () => {
  let home: Home;
  beforeEach(async () => {
    home = await makeHome();
  });
  afterEach(() => home.remove());

  const start = (program: string, args: readonly string[], canary: Canary): ChildProcess & { said(): string } => {
    const environment = { ...home.environment, ...canary.environment };
    const child = spawn(program, args, { env: environment, cwd: home.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    return Object.assign(child, { said: () => text });
  };

  it('connects to nothing beyond this machine and touches none of them', { timeout: 240_000 }, async () => {
    const canary = await settings(home);
    const file = join(home.folder, 'trace');
    const calls = 'trace=connect,sendto,sendmsg,sendmmsg,bind,open,openat';
    const tracer = ['-f', '-qq', '-yy', '-s', '300', '--seccomp-bpf', '-e', calls, '-o', file];
    const rehearse = [process.execPath, BIN, 'rehearse', '--speed', '1000'];
    const traced = start(findProgram('strace') ?? 'strace', [...tracer, ...rehearse], canary);
    const over = once(traced, 'exit');
    // By then every door was used, and scripts ran.
    await until('maintenance to be on', () => / m\.3 closed: done/.test(traced.said()), 150_000).catch(
      (error: Error) => {
        throw new Error(`${error.message}\n${traced.said()}`);
      },
    );
    const world = await joinWorld(join(home.folder, 'state', 'boss-tui', 'rehearsal', 'world'));
    if (!world) throw new Error(`There is no world.\n${traced.said()}`);
    const panel = Number((await readFile(file, 'utf8')).split(' ')[0]);
    process.kill(panel, 'SIGINT');
    await until('the panel to end', () => isGone(panel));
    await stopWorld(world);
    // The tracer goes on for as long as anything that it traces does.
    await over;

    const trace = await readFile(file, 'utf8');
    const endpoints = endpointsOf(trace);
    const connected = new Set(endpoints.filter(({ call }) => call === 'connect').map(({ to }) => to));
    for (const [door, places] of Object.entries(doorsOf(world.addresses)))
      expect([door, places.some((place) => connected.has(place))]).toEqual([door, true]);
    expect(endpoints.filter((endpoint) => !isWithinThisMachine(endpoint, home.folder))).toEqual([]);
    expect(trace.split('\n').filter((line) => line.includes('/.aws/'))).toEqual([]);
    expect([canary.connections(), await canary.gaveCredentials()]).toEqual([0, false]);

    // The same settings are what production is reached by.
    const watched = start(process.execPath, [BIN, 'production.boss'], canary);
    const gone = once(watched, 'exit');
    onTestFinished(() => void watched.kill('SIGKILL'));
    await until(
      'production to use them',
      async () => canary.connections() > 0 && (await canary.gaveCredentials()),
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${watched.said()}`);
    });
    watched.kill('SIGKILL');
    await gone;
  });
});

describe('what a trace tells', () => {
  const within = (line: string) => endpointsOf(line).map((endpoint) => isWithinThisMachine(endpoint, '/home/you'));
  it.each([
    ['connect(9<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("127.0.0.2")}, 16) = 0', true],
    ['connect(9<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("3.4.5.6")}, 16) = 0', false],
    [
      'connect(9<UDP:[1]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}, 16 <unfinished ...>',
      false,
    ],
    [
      'connect(9<TCPv6:[1]>, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
      true,
    ],
    [
      'connect(9<TCPv6:[1]>, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2600::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
      false,
    ],
    [
      'sendto(9<UDP:[1]>, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 1',
      false,
    ],
    [
      'sendmsg(9<UDP:[1]>, {msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, msg_namelen=16}, 0) = 1',
      false,
    ],
    ['connect(9<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT', true],
    ['connect(9<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/home/you/state/socket"}, 110) = 0', true],
    ['connect(9<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/run/docker.sock"}, 110) = 0', false],
    ['connect(9<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path=@"abstract"}, 110) = 0', false],
    ['connect(9<VSOCK:[1]>, {sa_family=AF_VSOCK, svm_cid=2}, 16) = 0', false],
    ['bind(9<UDP:[1]>, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("0.0.0.0")}, 16) = 0', true],
    ['bind(9<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("0.0.0.0")}, 16) = 0', false],
    ['bind(9<UDP:[1]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("0.0.0.0")}, 16) = 0', false],
    ['bind(9<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', true],
  ])('%s', (line, is) => expect(within(line)).toEqual([is]));
});
