import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { createDig } from '../../src/clients/dig.ts';
import { systemClock } from '../../src/clock.ts';
import { type Knot, startKnot } from '../contract/knot.ts';
import { until } from '../support/until.ts';

/** A name of somebody else's zone, and the address of this machine at which it is found. */
export interface Host {
  /** `y3xkd1vyu9iu3.cloudfront.net`. */
  readonly name: string;
  readonly address: string;
}

/** A real name server that knows the public name and whom it leads to. */
export interface PublicDns {
  /** `127.0.0.1:5353`. */
  readonly address: string;
  leadTo(name: string): Promise<void>;
}

const zone = (name: string, serial: number, records: readonly string[]) =>
  [`${name}. 300 IN SOA ns.${name}. admin.${name}. ${serial} 60 60 60 60`, `${name}. 300 IN NS ns.${name}.`, ...records]
    .concat('')
    .join('\n');

const parent = (name: string) => name.slice(name.indexOf('.') + 1);

/** Serves `api.<domain>` as a CNAME, and each host from the zone that its name is in. */
export async function startPublicDns(domain: string, leadsTo: string, hosts: readonly Host[]): Promise<PublicDns> {
  let serial = 1;
  const ours = (target: string) => zone(domain, serial, [`api.${domain}. 300 IN CNAME ${target.replace(/\.?$/, '.')}`]);
  const others = Object.fromEntries(
    hosts.map(({ name, address }) => [parent(name), zone(parent(name), 1, [`${name}. 60 IN A ${address}`])]),
  );
  const dig = createDig({ clock: systemClock, timeoutMs: 500 });
  const leads = async (port: number, target: string) => {
    const server = { label: 'knot', address: '127.0.0.1', port, authoritative: true };
    const { chain } = await dig.ask(server, `api.${domain}`, 'CNAME');
    return chain[0]?.data.replace(/\.$/, '') === target.replace(/\.$/, '');
  };
  const knot: Knot = await startKnot({ [domain]: ours(leadsTo), ...others }, (port) => leads(port, leadsTo));
  onTestFinished(() => knot.stop());
  return {
    address: `127.0.0.1:${knot.port}`,
    leadTo: async (target) => {
      serial += 1;
      await knot.change(domain, ours(target));
      await until(`the name server to lead to ${target}`, () => leads(knot.port, target));
    },
  };
}

/** Passes connections to `address:port` on to a server that listens elsewhere, as `127.0.0.1:80`. */
export async function passOn(address: string, port: number, to: string): Promise<void> {
  const [host = '', targetPort = ''] = to.split(':');
  const server = createServer((socket) => {
    const onward = connect(Number(targetPort), host);
    for (const end of [socket, onward])
      end.on('error', () => {
        socket.destroy();
        onward.destroy();
      });
    socket.pipe(onward).pipe(socket);
  }).listen(port, address);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
}
