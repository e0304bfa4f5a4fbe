import type { S3Act, S3Read } from '../doors.ts';
import { isAbsent } from './awsError.ts';
import type { Connection } from './connection.ts';

export function createS3(connection: Connection): S3Read & S3Act {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/s3.ts');
    // An endpoint of one's own has no name for each bucket.
    const forcePathStyle = connection.options.endpoint !== undefined || process.env.AWS_ENDPOINT_URL !== undefined;
    return { sdk, client: new sdk.S3Client({ ...config, forcePathStyle }) };
  });
  return {
    read: ({ bucket, key }, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        try {
          const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }), options);
          return Body?.transformToString();
        } catch (error) {
          if (isAbsent(error, ['NoSuchKey'])) return undefined;
          throw error;
        }
      }),
    write: ({ bucket, key }, body, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const input = { Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' };
        await client.send(new sdk.PutObjectCommand({ ...input, ServerSideEncryption: 'AES256' }), options);
      }),
  };
}
