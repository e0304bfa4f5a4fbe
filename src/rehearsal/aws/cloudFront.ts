import type { RestService } from './protocol.ts';
import { listOf } from './xml.ts';

export interface Distribution {
  readonly id: string;
  readonly arn: string;
  readonly domainName: string;
  readonly aliases: readonly string[];
}

export const cloudFront: RestService = {
  protocol: 'rest',
  xmlns: 'http://cloudfront.amazonaws.com/doc/2020-05-31/',
  routes: [
    {
      method: 'GET',
      path: /^\/2020-05-31\/distribution$/,
      answer: 'DistributionList',
      run({ query }, { account }) {
        const marker = query.get('Marker') ?? '';
        const maxItems = Number(query.get('MaxItems') ?? 100);
        const all = account.distributions;
        // The marker is the last one of the page before.
        const start = marker ? all.findIndex(({ id }) => id === marker) + 1 : 0;
        const items = all.slice(start, start + maxItems);
        const isTruncated = start + maxItems < all.length;
        return {
          Marker: marker,
          NextMarker: isTruncated ? items.at(-1)?.id : undefined,
          MaxItems: maxItems,
          IsTruncated: isTruncated,
          Quantity: items.length,
          Items: listOf(
            'DistributionSummary',
            items.map(({ id, arn, domainName, aliases }) => ({
              Id: id,
              ARN: arn,
              Status: 'Deployed',
              DomainName: domainName,
              Aliases: { Quantity: aliases.length, Items: listOf('CNAME', aliases) },
              Enabled: true,
              Comment: '',
            })),
          ),
        };
      },
    },
  ],
};
