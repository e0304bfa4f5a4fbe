import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAws } from '../../../src/clients/aws/aws.ts';
import { parseS3 } from '../../../src/steps/listSnapshotFile.ts';
import { type Daemon, freePort, needing, startDaemon } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
const moto = needing(['moto_server'], 'an object in S3, which moto plays');

describe.skipIf(!moto.isThere)(moto.name, () => {
  let daemon: Daemon;
  let endpoint: string;
  beforeAll(async () => {
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    daemon = startDaemon('moto_server', ['-H', '127.0.0.1', '-p', String(port)]);
    await until('moto to answer', async () => (await fetch(`${endpoint}/moto-api/`)).ok);
  });
  afterAll(() => daemon.stop());

  it('is read back as it was written, and is undefined before', async () => {
    const client = new S3Client({ region: 'us-east-1', endpoint, credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'evidence' }));
    const { s3 } = createAws({ region: 'us-east-1', endpoint, credentials });
    const location = { bucket: 'evidence', key: 'lists/one.json' };
    expect(await s3.read(location)).toBeUndefined();
    await s3.write(location, '{"endpoint":"opérateur@example.org"}');
    expect(await s3.read(location)).toBe('{"endpoint":"opérateur@example.org"}');
    await expect(s3.write({ ...location, bucket: 'nowhere' }, '{}')).rejects.toThrow(/S3 PutObject.*NoSuchBucket/);
  });
});

describe('where a copy goes', () => {
  it.each([
    ['s3://bucket/prefix', { bucket: 'bucket', prefix: 'prefix/' }],
    ['s3://bucket/a/b/', { bucket: 'bucket', prefix: 'a/b/' }],
    ['s3://bucket', { bucket: 'bucket', prefix: '' }],
    ['/srv/evidence', undefined],
  ])('%s is told from a folder', (place, parts) => {
    expect(parseS3(place)).toEqual(parts);
  });
});
