import type { ListDistributionsCommandOutput } from '@aws-sdk/client-cloudfront';
import type { CloudFrontRead } from '../doors.ts';
import { type Connection, pages } from './connection.ts';

export function createCloudFront(connection: Connection): CloudFrontRead {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/cloudFront.ts');
    return { sdk, client: new sdk.CloudFrontClient(config) };
  });
  return {
    findDistribution: (alias, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const lists = pages<ListDistributionsCommandOutput>(
          (Marker) => client.send(new sdk.ListDistributionsCommand({ Marker }), options),
          (page) => (page.DistributionList?.IsTruncated ? page.DistributionList.NextMarker : undefined),
        );
        for await (const { DistributionList } of lists) {
          const found = DistributionList?.Items?.find(({ Aliases }) => Aliases?.Items?.includes(alias));
          if (found?.Id !== undefined && found.DomainName !== undefined)
            return { id: found.Id, domainName: found.DomainName };
        }
        return undefined;
      }),
  };
}
