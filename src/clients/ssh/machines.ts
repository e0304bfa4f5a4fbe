import type { Ec2Read } from '../doors.ts';
import { NoWay } from './failure.ts';

/** A machine of the deployment as it is entered. */
export interface Machine {
  /** Its Name tag: `bastion.production.boss`. */
  readonly name: string;
  readonly instanceId: string;
  readonly address: string;
}

/** A machine's Name tag, and from where it is entered. */
export interface Wanted {
  readonly name: string;
  /** From this machine: by its public address, where it has one. From within the VPC: by its private one. */
  readonly from: 'here' | 'within';
}

/**
 * The machines that run now, by Name tag. Several may carry one name; `turn` counts the attempts, so that one that does
 * not answer is not asked for ever while another would. The newest comes first: it is what a replacement made.
 */
export async function findMachines(
  ec2: Pick<Ec2Read, 'instances'>,
  wanted: readonly Wanted[],
  turn: number,
  signal?: AbortSignal,
): Promise<readonly Machine[]> {
  const all = await ec2.instances(
    wanted.map(({ name }) => name),
    signal,
  );
  return wanted.map(({ name, from }) => {
    const running = all
      .filter((instance) => instance.name === name && instance.state === 'running')
      .sort((a, b) => b.launchTimeMs - a.launchTimeMs);
    const instance = running[turn % Math.max(1, running.length)];
    if (!instance)
      throw new NoWay({
        reason: `no instance named ${name} is running`,
        cure: 'look in EC2 whether it is being replaced; it is looked for again by itself',
        lasts: false,
      });
    const address =
      from === 'here' ? (instance.publicIpAddress ?? instance.privateIpAddress) : instance.privateIpAddress;
    if (address === undefined)
      throw new NoWay({
        reason: `${name} (${instance.instanceId}) has no address`,
        cure: 'look at it in EC2; it is looked for again by itself',
        lasts: false,
      });
    return { name, instanceId: instance.instanceId, address };
  });
}
