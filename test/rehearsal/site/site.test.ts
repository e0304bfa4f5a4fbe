import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Answers,
  apiAnswers,
  type Front,
  MAINTENANCE_MARKER,
  maintenanceAnswers,
  startFront,
} from '../../../src/rehearsal/site/site.ts';

const HOST = 'api.theboss.io';

function get(front: Front, path: string, host = HOST): Promise<{ status: number; body: string; type: string }> {
  const [address, port] = front.address.split(':');
  return new Promise((resolve, reject) => {
    const asking = request({ host: address, port, path, headers: { host }, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, type: response.headers['content-type'] ?? '' }),
      );
    });
    asking.on('error', reject).end();
  });
}

describe('the public site', () => {
  let front: Front;
  const start = async (answers: Answers) => {
    front = await startFront(answers);
    return front;
  };
  afterEach(() => front.close());

  it('answers as the API behind its load balancer, by the API’s name', async () => {
    await start(apiAnswers({ host: HOST, hasHealthyTargets: () => true }));
    expect(await get(front, '/ping/')).toMatchObject({ status: 200, body: 'pong' });
    const collection = await get(front, '/latest/collection/');
    expect(collection).toMatchObject({ status: 401, type: 'application/json; charset=utf-8' });
    expect(JSON.parse(collection.body)).toEqual({ detail: 'Authentication credentials were not provided.' });
    expect(await get(front, '/ping/', `${HOST}:8080`)).toMatchObject({ status: 200 });
    expect(await get(front, '/ping/', 'elb-production-boss-1.us-east-1.elb.amazonaws.com')).toMatchObject({
      status: 400,
    });
    expect(await get(front, '/nowhere/')).toMatchObject({ status: 404 });
  });

  it('is unavailable while no endpoint is behind the load balancer', async () => {
    await start(apiAnswers({ host: HOST, hasHealthyTargets: () => false }));
    expect(await get(front, '/ping/')).toMatchObject({ status: 503 });
  });

  it('serves the maintenance page at the root and in place of an error elsewhere', async () => {
    await start(maintenanceAnswers({ aliases: [HOST] }));
    const root = await get(front, '/?from=bookmark');
    expect(root.status).toBe(200);
    expect(root.body).toContain(MAINTENANCE_MARKER);
    const other = await get(front, '/latest/collection/');
    expect(other.status).toBe(503);
    expect(other.body).toContain(MAINTENANCE_MARKER);
    expect(await get(front, '/', 'example.com')).toMatchObject({ status: 403 });
  });
});
