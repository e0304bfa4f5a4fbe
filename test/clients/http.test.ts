import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttp } from '../../src/clients/http.ts';

async function site(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

const echo = (name: string) =>
  site((request, response) => response.end(`${name} ${request.headers.host} ${request.url}`));

describe('one GET', () => {
  it('asks for the URL’s host by the address that it is connected at', async () => {
    const http = createHttp({ connect: { 'api.theboss.io': await echo('site') } });
    expect(await http.get('http://api.theboss.io/ping/?a=b')).toEqual({
      status: 200,
      body: 'site api.theboss.io /ping/?a=b',
    });
  });

  it('goes to the load balancer with the API’s name', async () => {
    const http = createHttp({
      connect: { 'elb-1.us-east-1.elb.amazonaws.com': await echo('elb'), 'api.theboss.io': await echo('public') },
    });
    const via = 'elb-1.us-east-1.elb.amazonaws.com';
    expect((await http.get('http://api.theboss.io/ping/', { via })).body).toBe('elb api.theboss.io /ping/');
  });

  it('goes where DNS leads, by our own look-up', async () => {
    const asked: string[] = [];
    const connect = { 'd1.cloudfront.net': await echo('maintenance'), 'elb-1.example': await echo('api') };
    let leadsTo = 'd1.cloudfront.net.';
    const resolve = async (host: string) => {
      asked.push(host);
      return { name: leadsTo };
    };
    const http = createHttp({ connect, resolve });
    expect((await http.get('http://api.theboss.io/')).body).toBe('maintenance api.theboss.io /');
    leadsTo = 'elb-1.example';
    expect((await http.get('http://api.theboss.io/')).body).toBe('api api.theboss.io /');
    expect(asked).toEqual(['api.theboss.io', 'api.theboss.io']);
  });

  it('goes to the address that our own look-up found, by the port of the URL', async () => {
    const [, port] = /:(\d+)$/.exec(await echo('api')) ?? [];
    const http = createHttp({ resolve: async () => ({ name: 'elb-1.invalid', address: '127.0.0.1' }) });
    expect((await http.get(`http://api.theboss.io:${port}/ping/`)).body).toBe(`api api.theboss.io:${port} /ping/`);
  });

  it('shows the name of the URL in TLS too', async () => {
    const hello = Promise.withResolvers<string>();
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (bytes) => {
        hello.resolve(bytes.toString('latin1'));
        socket.destroy();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const http = createHttp({ connect: { 'elb-1.example': `127.0.0.1:${port}` } });
    await expect(http.get('https://api.theboss.io/', { via: 'elb-1.example' })).rejects.toThrow(/api\.theboss\.io/);
    expect(await hello.promise).toContain('api.theboss.io');
  });

  it('follows no redirect and passes an error page on', async () => {
    const at = await site((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end('moved'));
    const failing = await site((_, response) => response.writeHead(503).end('maintenance'));
    const http = createHttp();
    expect(await http.get(`http://${at}/`)).toEqual({ status: 302, body: 'moved' });
    expect(await http.get(`http://${failing}/`)).toEqual({ status: 503, body: 'maintenance' });
  });

  it('reads 64 KiB of an endless body and ends it', async () => {
    const closed = Promise.withResolvers<void>();
    const at = await site((_, response) => {
      const more = () => {
        while (response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      response.on('close', () => closed.resolve());
      more();
    });
    const { status, body } = await createHttp().get(`http://${at}/`);
    expect([status, body.length]).toEqual([200, 64 * 1024]);
    await closed.promise;
  });

  it('says in one sentence that nothing answered, and where', async () => {
    const silent = await site(() => undefined);
    const half = await site((_, response) => response.writeHead(200).write('half'));
    const http = createHttp({ connect: { 'api.theboss.io': '127.0.0.1:1', 'slow.example': silent }, timeoutMs: 100 });
    await expect(http.get('http://api.theboss.io/ping/')).rejects.toThrow(
      /^http:\/\/api\.theboss\.io\/ping\/ did not answer at 127\.0\.0\.1:1: .*ECONNREFUSED.*; nothing listens there\.$/,
    );
    await expect(http.get('http://slow.example/')).rejects.toThrow(/nothing came in time/);
    await expect(http.get(`http://${half}/`)).rejects.toThrow(/nothing came in time/);
    await expect(http.get('ftp://x/')).rejects.toThrow(/write http:/);
    const hanging = createHttp({ resolve: () => new Promise(() => undefined), timeoutMs: 100 });
    await expect(hanging.get('http://api.theboss.io/')).rejects.toThrow(/nothing came in time/);
  });

  it('looks no name up that it is not told the place of, where it is told places', async () => {
    const http = createHttp({ connect: { 'api.theboss.io': '127.0.0.1:1' }, resolve: async (name) => ({ name }) });
    await expect(http.get('http://localhost/ping/')).rejects.toThrow(
      'http://localhost/ping/ did not answer: nothing is known of where localhost is; try again.',
    );
  });

  it('ends with the reason of its signal', async () => {
    const abort = new AbortController();
    const asking = createHttp().get(`http://${await site(() => undefined)}/`, { signal: abort.signal });
    abort.abort(new Error('left'));
    await expect(asking).rejects.toThrow('left');
  });
});
