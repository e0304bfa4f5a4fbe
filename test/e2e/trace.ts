/** Where a system call led to, as `strace -yy` tells it. */
export interface Endpoint {
  readonly call: string;
  /** `UDP`, `TCP`, `UNIX-STREAM`. */
  readonly socket: string;
  readonly family: string;
  /** `address:port`, or a socket's path. */
  readonly to: string;
}

const CALL = /\b(connect|sendto|sendmsg|sendmmsg|bind)\(\d+(?:<([A-Za-z0-9-]+))?/;
const ADDRESS = /\{sa_family=(AF_\w+)([^}]*)/g;

/** Every address that was connected to, sent to or bound. */
export const endpointsOf = (trace: string): readonly Endpoint[] =>
  trace.split('\n').flatMap((line) => {
    const [, call, socket = ''] = CALL.exec(line) ?? [];
    if (call === undefined) return [];
    return [...line.matchAll(ADDRESS)].map(([, family = '', rest = '']) => ({
      call,
      socket,
      family,
      to: placeOf(rest),
    }));
  });

function placeOf(rest: string): string {
  const [, path] = /sun_path=(@?"[^"]*")/.exec(rest) ?? [];
  if (path !== undefined) return path.replaceAll('"', '');
  const [, port] = /sin6?_port=htons\((\d+)\)/.exec(rest) ?? [];
  const [, v4, v6] = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/.exec(rest) ?? [];
  return port === undefined ? rest : `${v4 ?? `[${v6}]`}:${port}`;
}

/** What the C library asks for the name of a user. */
const OF_THE_SYSTEM = ['/var/run/nscd/socket', '/run/nscd/socket', '/run/systemd/userdb/'];

/** Loopback, the kernel itself, what the C library does, and sockets in a folder of ours; nobody outside can be met there. */
export function isWithinThisMachine({ call, socket, family, to }: Endpoint, ownFolder: string): boolean {
  if (family === 'AF_UNIX') return [...OF_THE_SYSTEM, `${ownFolder}/`].some((path) => to.startsWith(path));
  if (family === 'AF_NETLINK' || family === 'AF_UNSPEC') return true;
  // Whoever asks by UDP is given a port of every address before the socket is connected to one.
  if (call === 'bind' && socket.startsWith('UDP') && (to === '0.0.0.0:0' || to === '[::]:0')) return true;
  return /^127\.\d+\.\d+\.\d+:\d+$/.test(to) || /^\[::1\]:\d+$/.test(to);
}
