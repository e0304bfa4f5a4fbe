import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';

/** Real milliseconds for each of two tries, so that a dead resolver holds nobody up for long. */
const TIMEOUT_MS = 2_000;
const DNS_PORT = 53;

/**
 * The address of a name server by this machine's own resolver, asked anew: the first that this machine has a way to, A
 * before AAAA. Undefined where the name has none. Not by getaddrinfo, whose waiting would hold up the file system.
 */
export async function addressOf(
  name: string,
  signal?: AbortSignal,
  /** Who is asked, `address:port`; absent: whom this machine asks. */
  servers?: readonly string[],
): Promise<string | undefined> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
  if (servers) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const found = await Promise.all([
      resolver.resolve4(name).catch((): string[] => []),
      resolver.resolve6(name).catch((): string[] => []),
    ]);
    signal?.throwIfAborted();
    const addresses = found.flat();
    for (const address of addresses) if (await hasRoute(address)) return address;
    return addresses[0];
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** What this machine asks first when it looks a name up, as `address` or `address:port`, read anew. */
export const systemServer = (): string | undefined => new Resolver().getServers()[0];

/** Connecting a UDP socket sends nothing and fails where no route leads there. */
function hasRoute(address: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('error', () => resolve(false));
  socket.connect(DNS_PORT, address, (failed?: unknown) => resolve(!(failed instanceof Error)));
  return promise.finally(() => socket.close());
}
