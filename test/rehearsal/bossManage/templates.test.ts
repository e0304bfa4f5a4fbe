import { describe, expect, test } from 'vitest';
import { CONFIGS, type Config } from '../../../src/bosslet/bosslet.ts';
import {
  namesInTemplate,
  stackParameters,
  stackTemplate,
  type TemplateOptions,
} from '../../../src/rehearsal/bossManage/templates.ts';
import type { Template } from '../../../src/rehearsal/contract.ts';

const bosslet = {
  internalDomain: 'production.boss',
  externalDomain: 'theboss.io',
  accountId: '123456789012',
  region: 'us-east-1',
  amiSuffix: '.boss',
};
const images = (age: 'old' | 'new') => ({
  auth: `ami-auth-${age}`,
  vault: `ami-vault-${age}`,
  endpoint: `ami-endpoint-${age}`,
  cachemanager: `ami-cachemanager-${age}`,
  activities: `ami-activities-${age}`,
});
const deployed: TemplateOptions = {
  bosslet,
  images: images('old'),
  scenario: 'production',
  revision: 'deployed',
  faults: new Set(),
};
const head: TemplateOptions = { ...deployed, images: images('new'), revision: 'head' };
const resource = (template: Template, logicalId: string) => template.Resources[logicalId];
const changed = (config: Config, before: TemplateOptions, after: TemplateOptions) => {
  const [a, b] = [stackTemplate(config, before).Resources, stackTemplate(config, after).Resources];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((id) => JSON.stringify(a[id]) !== JSON.stringify(b[id]))
    .sort();
};

describe('the eight templates', () => {
  test.each([
    ['core', 62],
    ['redis', 10],
    ['api', 27],
    ['cachedb', 50],
    ['activities', 11],
    ['cloudwatch', 6],
    ['idindexing', 10],
    ['dynamolambda', 3],
  ] as const)('%s has %i resources when it is deployed', (config, count) => {
    expect(Object.keys(stackTemplate(config, deployed).Resources)).toHaveLength(count);
  });

  test.each(CONFIGS)('everything that %s refers to is there', (config) => {
    for (const options of [deployed, head]) {
      const template = stackTemplate(config, options);
      const known = new Set([...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})]);
      const dangling: string[] = [];
      JSON.stringify(template, (key, value) => {
        const target = key === 'Ref' ? value : key === 'Fn::GetAtt' ? value[0] : undefined;
        if (typeof target === 'string' && !known.has(target)) dangling.push(target);
        return value;
      });
      for (const { DependsOn } of Object.values(template.Resources))
        dangling.push(...[DependsOn ?? []].flat().filter((id) => !known.has(id)));
      expect(dangling).toEqual([]);
    }
  });

  test('parameters have the arguments that the scripts pass as their defaults', () => {
    for (const config of CONFIGS) {
      const defaults = Object.entries(stackTemplate(config, head).Parameters ?? {}).map(([name, { Default }]) => [
        name,
        Default,
      ]);
      expect(Object.fromEntries(defaults)).toEqual(stackParameters(config, { bosslet }));
    }
  });

  test('core is too long for CloudFormation as it is written, and short enough when it is compact', () => {
    const template = stackTemplate('core', head);
    expect(JSON.stringify(template, undefined, 4).length).toBeGreaterThan(51_200);
    expect(JSON.stringify(template).length).toBeLessThan(51_200);
  });
});

describe('what a release changes', () => {
  test('the machines with new images, and the lambdas with new code', () => {
    expect(changed('core', deployed, head)).toEqual(['AuthConfiguration', 'VaultConfiguration']);
    expect(changed('api', deployed, head)).toEqual(['EndpointConfiguration']);
    expect(changed('activities', deployed, head)).toEqual([
      'ActivitiesConfiguration',
      'DownsampleVolumeLambda',
      'startSfnLambda',
    ]);
    expect(changed('cachedb', deployed, head)).toContain('CacheManager');
    expect(changed('cachedb', deployed, head)).toContain('MultiLambda');
    expect(changed('idindexing', deployed, head)).toHaveLength(7);
  });

  test('nothing of redis, cloudwatch and dynamolambda', () => {
    for (const config of ['redis', 'cloudwatch', 'dynamolambda'] as const)
      expect(changed(config, deployed, head)).toEqual([]);
  });

  test('a group refers to its launch configuration, so that it changes when that one is replaced', () => {
    expect(resource(stackTemplate('core', head), 'Vault')?.Properties?.LaunchConfigurationName).toEqual({
      Ref: 'VaultConfiguration',
    });
  });

  test('the four buckets are retained and leave the stack with the first update', () => {
    const buckets = ['cuboidBucket', 'deleteBucket', 'ingestBucket', 'tileBucket'];
    for (const bucket of buckets) {
      expect(resource(stackTemplate('cachedb', deployed), bucket)?.DeletionPolicy).toBe('Retain');
      expect(resource(stackTemplate('cachedb', head), bucket)).toBeUndefined();
    }
  });

  test.each(['redis-size', 'undrained-cache'] as const)(
    'with %s the size of the cache too, and beside it the snapshots',
    (fault) => {
      const faults = new Set([fault]);
      expect(changed('redis', { ...deployed, faults }, { ...head, faults })).toEqual(['Cache', 'CacheState']);
    },
  );

  test('with rollback a policy beside the machines', () => {
    const faults = new Set(['rollback'] as const);
    expect(changed('api', { ...deployed, faults }, { ...head, faults })).toEqual([
      'EndpointConfiguration',
      'sqsCachemgrPolicy',
    ]);
  });

  test('with a colleague’s edit the key of the tile index too', () => {
    expect(changed('api', head, { ...head, dangerEdit: true })).toEqual(['tileIndex']);
  });

  test('without a scenario the session cache goes', () => {
    expect(changed('redis', deployed, { ...head, scenario: undefined })).toEqual(
      expect.arrayContaining(['CacheSession', 'CacheSessionRecord', 'CacheSessionSubnetGroup']),
    );
  });

  test('the tile index follows the file of the submodule', () => {
    const tileIndexSchema = {
      KeySchema: [{ AttributeName: 'chunk_key', KeyType: 'HASH' as const }],
      AttributeDefinitions: [{ AttributeName: 'chunk_key', AttributeType: 'S' as const }],
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    };
    expect(resource(stackTemplate('api', { ...head, tileIndexSchema }), 'tileIndex')?.Properties).toEqual({
      TableName: 'tileindex.production.boss',
      ...tileIndexSchema,
    });
  });
});

test('generate leaves out what only an update looks up', () => {
  const generated = { ...head, generated: true };
  expect(JSON.stringify(stackTemplate('activities', generated))).toContain('"Arn":null');
  expect(resource(stackTemplate('cachedb', generated), 'CacheManager')?.Properties).not.toHaveProperty('UserData');
  expect(resource(stackTemplate('cachedb', head), 'CacheManager')?.Properties).toHaveProperty('UserData');
});

test('what a template makes can be told by name', () => {
  const names = namesInTemplate(stackTemplate('api', deployed));
  expect(names.tables).toEqual(
    ['bossmeta', 's3index', 'tileindex', 'idIndex', 'idCount'].map((name) => `${name}.production.boss`),
  );
  expect(names.queues).toContain('S3flushProductionBoss');
  expect(names.queues).toContain('DeadletterProductionBoss');
  expect(names.loadBalancers).toEqual(['elb-production-boss']);
  expect(names.records).toContain('api.theboss.io');
  expect(namesInTemplate(stackTemplate('activities', deployed)).rules).toEqual(['deleteEventRule.production.boss']);
  expect(namesInTemplate(stackTemplate('core', deployed)).machines).toEqual([
    'bastion.production.boss',
    'vault.production.boss',
    'auth.production.boss',
  ]);
});
