import { join } from 'node:path';
import type { Bosslet } from '../bosslet/bosslet.ts';
import { instanceName, stackName } from '../bosslet/names.ts';
import type { AwsRead } from '../clients/doors.ts';
import type { CacheTunnel } from '../clients/redisRoute.ts';
import { cachesOfStack } from '../clients/redisStack.ts';
import { createSsh } from '../clients/ssh/ssh.ts';
import type { Clock } from '../clock.ts';
import { bossletFolder, stateFolder } from './stateFolder.ts';

/**
 * How the caches are reached where that is not directly; undefined where it is. Machines and stack are looked up in the
 * bosslet's own account alone: another one may have some of the same names.
 */
export function cacheTunnel(
  bosslet: Bosslet,
  aws: AwsRead,
  clock: Clock,
  recordsFolder = stateFolder(),
): CacheTunnel | undefined {
  const { via, ssh: access } = bosslet.redis;
  if (via === 'direct' || access === undefined) return undefined;
  // Asked each time, since a profile may change its account while we run: there are few such looks.
  const ours = aws.sts.mustBeOurs;
  const has = cachesOfStack({
    cloudFormation: {
      stackResources: async (name, signal) => {
        await ours(signal);
        return aws.cloudFormation.stackResources(name, signal);
      },
    },
    stackName: stackName(bosslet, 'redis'),
    clock,
  });
  const ssh = createSsh({
    access,
    bastion: instanceName(bosslet, 'bastion'),
    endpoint: instanceName(bosslet, 'endpoint'),
    ec2: {
      instances: async (names, signal) => {
        await ours(signal);
        return aws.ec2.instances(names, signal);
      },
    },
    knownHostsFile: join(bossletFolder(recordsFolder, bosslet), 'known_hosts'),
    clock,
  });
  return {
    ssh,
    via,
    through: instanceName(bosslet, via),
    hostOf: (name) => `${name}.${bosslet.internalDomain}`,
    has,
  };
}
