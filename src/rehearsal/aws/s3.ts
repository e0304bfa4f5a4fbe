import { createHash } from 'node:crypto';
import { AwsError } from './awsError.ts';
import type { ObjectService } from './protocol.ts';

/** A bucket's objects by their keys. */
export type Bucket = Map<string, string>;

/** `/bucket/key`: an endpoint of one's own has no name for each bucket. */
const PATH = /^\/([^/]+)\/(.+)$/;

/** S3, as far as one object is put and got. */
export const s3: ObjectService = {
  protocol: 's3',
  run({ method, pathname, body }, { account }) {
    const [, name, key] = PATH.exec(pathname)?.map(decodeURIComponent) ?? [];
    if (name === undefined || key === undefined || (method !== 'GET' && method !== 'PUT'))
      throw new AwsError('NotImplemented', 'A header you provided implies functionality that is not implemented', 501);
    const bucket = account.buckets.get(name);
    if (!bucket) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
    if (method === 'PUT') {
      bucket.set(key, body);
      return { etag: etagOf(body) };
    }
    const found = bucket.get(key);
    if (found === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    return { etag: etagOf(found), body: found };
  },
};

const etagOf = (body: string): string => `"${createHash('md5').update(body).digest('hex')}"`;
