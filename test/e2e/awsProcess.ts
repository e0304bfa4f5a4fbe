import { createClock } from '../../src/clock.ts';
import type { FaultName } from '../../src/rehearsal/faults.ts';
import { startWorld } from '../../src/rehearsal/startWorld.ts';

/**
 * `node awsProcess.ts <folder> <script program> <address of the bastion> <of the endpoint>`: the embedded AWS as a
 * process of its own, the deployment's machines at addresses of this machine. It prints lines of JSON: first how it is
 * reached, then where the public name leads each time that it is changed.
 */
const [folder = '', scriptProgram = '', ...machines] = process.argv.slice(2);
const startedAtMs = Date.now();
const clock = createClock({ speed: 60, originMs: startedAtMs, startedAtMs });
const faults: readonly FaultName[] = ['redis-size'];
const world = await startWorld({ folder, clock, faults, scriptProgram });
const { bosslet } = world.addresses;
for (const [n, machine] of ['bastion', 'endpoint'].entries())
  world.aws.seed.instance({
    accountId: bosslet.accountId,
    name: `${machine}.${bosslet.internalDomain}`,
    imageId: 'ami-1',
    launchedAtMs: clock.now(),
    privateIpAddress: machines[n] ?? '',
  });

const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
say(world.addresses);

let told = '';
const looking = setInterval(() => {
  const change = world.aws.recordChanges().findLast(({ type, name }) => type === 'CNAME' && name.startsWith('api.'));
  const leadsTo = change?.values[0] ?? '';
  if (leadsTo !== told) say({ leadsTo });
  told = leadsTo;
}, 50);
process.once('SIGTERM', () => {
  clearInterval(looking);
  void world.stop();
});
