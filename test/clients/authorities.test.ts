import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttp } from '../../src/clients/http.ts';

const pem = (name: string) => fileURLToPath(new URL(`./tls/${name}`, import.meta.url));

/** The API, with a certificate of a private authority; and a place for the file that names it. */
async function privateApi() {
  const [key, cert] = await Promise.all([readFile(pem('server.key')), readFile(pem('server.pem'))]);
  const server = createServer({ key, cert }, (_, response) => response.end('pong')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-authorities-'));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const address = server.address();
  const place = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const caFile = join(folder, 'ca.pem');
  return { connect: { 'api.theboss.io': place, 'other.theboss.io': place }, caFile };
}

const URL_OF_PING = 'https://api.theboss.io/ping/';

describe('an API with a private certificate', () => {
  it('is not believed, unless the configuration names who signed it', async () => {
    const { connect, caFile } = await privateApi();
    await expect(createHttp({ connect }).get(URL_OF_PING)).rejects.toThrow(
      /certificate.*caFile names who signed it\.$/,
    );
    await copyFile(pem('authority.pem'), caFile);
    expect(await createHttp({ connect, caFile }).get(URL_OF_PING)).toEqual({ status: 200, body: 'pong' });
  });

  it('is still not believed under another name', async () => {
    const { connect, caFile } = await privateApi();
    await copyFile(pem('authority.pem'), caFile);
    await expect(createHttp({ connect, caFile }).get('https://other.theboss.io/ping/')).rejects.toThrow(/altnames/);
  });

  it('is believed once the file was put right, and no more once it was taken away', async () => {
    const { connect, caFile } = await privateApi();
    const http = createHttp({ connect, caFile });
    await copyFile(pem('stranger.pem'), caFile);
    await expect(http.get(URL_OF_PING)).rejects.toThrow(/certificate/);
    const both = await Promise.all([readFile(pem('stranger.pem')), readFile(pem('authority.pem'))]);
    await writeFile(caFile, Buffer.concat(both));
    expect((await http.get(URL_OF_PING)).body).toBe('pong');
    await rm(caFile);
    await expect(http.get(URL_OF_PING)).rejects.toThrow(
      `caFile: ${caFile} cannot be read (ENOENT); correct the path in the configuration or its rights.`,
    );
  });

  it.each([
    ['no PEM', () => 'hello'],
    ['a key', () => readFile(pem('server.key'), 'utf8')],
    ['an empty file', () => ''],
    ['a broken certificate', async () => (await readFile(pem('authority.pem'), 'utf8')).replace(/\n.*\n/, '\nAAAA\n')],
  ])('in one sentence: a file with %s', async (_, text) => {
    const { connect, caFile } = await privateApi();
    await writeFile(caFile, await text());
    await expect(createHttp({ connect, caFile }).get(URL_OF_PING)).rejects.toThrow(
      `caFile: ${caFile} holds no certificates in PEM form; name a file of -----BEGIN CERTIFICATE-----.`,
    );
  });

  it('needs no file for what is no TLS', async () => {
    const { caFile } = await privateApi();
    const http = createHttp({ caFile, connect: { 'api.theboss.io': '127.0.0.1:1' } });
    await expect(http.get('http://api.theboss.io/')).rejects.toThrow(/ECONNREFUSED/);
  });
});
