import type { TemplateResource } from '../../contract.ts';
import { cname, dotted, getAtt, type Resources, ref, type StackInput, type Value } from './resources.ts';

/** Scenarios in which Django's sessions have a cache of their own. Where the scenario is not known they have none. */
const SESSION_CACHE_TYPES: Readonly<Record<string, string>> = {
  production: 'cache.t2.small',
  'ha-development': 'cache.t2.micro',
};

/** The caches, each with its subnet group and its CNAME: ten resources in production. */
export function redisResources(
  input: StackInput,
  { cacheType, keptSnapshots }: { readonly cacheType: string; readonly keptSnapshots: number | undefined },
): Resources {
  const sessionType = input.scenario === undefined ? undefined : SESSION_CACHE_TYPES[input.scenario];
  const clusters = input.scenario === 'production' ? 2 : 1;
  return {
    ...cache(input, 'Cache', 'cache', {
      CacheNodeType: cacheType,
      ...failover(clusters),
      CacheParameterGroupName: ref('CacheParameterGroup'),
    }),
    CacheParameterGroup: {
      Type: 'AWS::ElastiCache::ParameterGroup',
      Properties: {
        CacheParameterGroupFamily: 'redis6.x',
        Description: dotted(input.bosslet, 'cache'),
        Properties: { 'maxmemory-policy': 'volatile-lru', 'reserved-memory-percent': '25', 'maxmemory-samples': '5' },
      },
    },
    ...cache(input, 'CacheState', 'cache-state', {
      CacheNodeType: 'cache.m4.xlarge',
      ...failover(clusters),
      ...(keptSnapshots === undefined ? {} : { SnapshotRetentionLimit: keptSnapshots }),
    }),
    ...(sessionType === undefined
      ? {}
      : cache(input, 'CacheSession', 'cache-session', { CacheNodeType: sessionType, ...failover(1) })),
  };
}

const failover = (clusters: number) => ({ NumCacheClusters: clusters, AutomaticFailoverEnabled: clusters > 1 });

function cache(
  { bosslet }: StackInput,
  logicalId: string,
  name: string,
  properties: Readonly<Record<string, Value>>,
): Record<string, TemplateResource> {
  return {
    [`${logicalId}SubnetGroup`]: {
      Type: 'AWS::ElastiCache::SubnetGroup',
      Properties: { Description: dotted(bosslet, name), SubnetIds: [ref('AInternalSubnet'), ref('BInternalSubnet')] },
    },
    [logicalId]: {
      Type: 'AWS::ElastiCache::ReplicationGroup',
      Properties: {
        ReplicationGroupDescription: dotted(bosslet, name),
        Engine: 'redis',
        EngineVersion: '6.2',
        ...properties,
        Port: 6379,
        CacheSubnetGroupName: ref(`${logicalId}SubnetGroup`),
        SecurityGroupIds: [ref('InternalSecurityGroup')],
      },
    },
    [`${logicalId}Record`]: cname(
      bosslet.internalDomain,
      dotted(bosslet, name),
      getAtt(logicalId, 'PrimaryEndPoint.Address'),
    ),
  };
}
