import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceChange } from '../../src/clients/doors.ts';
import { changeSetHash, classifyChangeSet } from '../../src/steps/changeSetReview.ts';
import { DATA_HOLDING, STORES } from '../../src/steps/dangerTypes.ts';
import { MASK } from '../../src/text/secret.ts';
import { change, changeSetOf } from './changeSets.ts';

const classify = (changes: readonly ResourceChange[], config = 'api') =>
  classifyChangeSet({
    config,
    changeSet: changeSetOf(changes),
    publicHost: 'api.theboss.io',
    title: `Update ${config}`,
  });
const levelOf = (parts: Partial<ResourceChange>, config = 'api') => {
  const [reviewed] = classify([change(parts)], config).subject.changes;
  return reviewed?.level;
};

const types = [...DATA_HOLDING];
const TABLE = 'AWS::DynamoDB::Table';

describe('a change of a resource that holds data', () => {
  it.each(types)('%s is a danger where it would be removed, deleted or replaced', (resourceType) => {
    expect(levelOf({ resourceType, action: 'Remove' })).toBe('danger');
    expect(levelOf({ resourceType, action: 'Remove', policyAction: 'Delete' })).toBe('danger');
    expect(levelOf({ resourceType, action: 'Remove', policyAction: 'Snapshot' })).toBe('danger');
    expect(levelOf({ resourceType, policyAction: 'Delete' })).toBe('danger');
    expect(levelOf({ resourceType, policyAction: 'ReplaceAndDelete' })).toBe('danger');
    expect(levelOf({ resourceType, replacement: 'True' })).toBe('danger');
    expect(levelOf({ resourceType, replacement: 'True', policyAction: 'SomethingNew' })).toBe('danger');
  });

  it.each(types)('%s is a warning where it is retained', (resourceType) => {
    expect(levelOf({ resourceType, action: 'Remove', policyAction: 'Retain' })).toBe('warn');
    expect(levelOf({ resourceType, replacement: 'True', policyAction: 'ReplaceAndRetain' })).toBe('warn');
    expect(levelOf({ resourceType, replacement: 'True', policyAction: 'ReplaceAndSnapshot' })).toBe('warn');
  });

  it.each(types)('%s that may be replaced is a danger only as a table, database or cache', (resourceType) => {
    expect(levelOf({ resourceType, replacement: 'Conditional' })).toBe(STORES.has(resourceType) ? 'danger' : 'warn');
  });

  it('is judged by its properties where AWS says nothing of the whole', () => {
    const detail = (requiresRecreation: string) => ({
      attribute: 'Properties',
      name: 'KeySchema',
      requiresRecreation,
      evaluation: 'Static',
    });
    const of = (recreation: string) =>
      levelOf({ resourceType: TABLE, action: 'Modify', details: [detail('Never'), detail(recreation)] });
    expect([of('Always'), of('Conditionally'), of('Never')]).toEqual(['danger', 'danger', 'safe']);
  });

  it('is a danger where AWS does what nobody here knows', () => {
    expect(levelOf({ resourceType: TABLE, action: 'Recreate' })).toBe('danger');
    expect(levelOf({ resourceType: 'AWS::IAM::Role', action: '' })).toBe('danger');
  });

  it('knows the stores of this system', () => {
    for (const type of [TABLE, 'AWS::RDS::DBInstance', 'AWS::ElastiCache::ReplicationGroup'])
      expect(STORES).toContain(type);
    for (const type of ['AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::KMS::Key']) expect(STORES).not.toContain(type);
  });

  it('is safe where it is only modified in place', () => {
    expect(levelOf({ resourceType: TABLE, replacement: 'False' })).toBe('safe');
    expect(levelOf({ resourceType: TABLE, action: 'Add' })).toBe('safe');
  });
});

describe('a change of where the public name leads', () => {
  it('is a danger for the record, by its logical id or by its name', () => {
    const record = { resourceType: 'AWS::Route53::RecordSet', replacement: 'False' };
    expect(levelOf({ ...record, logicalResourceId: 'EndpointAppLoadBalancerRecord' })).toBe('danger');
    expect(levelOf({ ...record, physicalResourceId: 'API.theboss.io.' }, 'core')).toBe('danger');
    expect(levelOf({ ...record, physicalResourceId: 'auth.theboss.io' })).toBe('safe');
  });

  it("is a danger for the API's load balancer, and no matter for another stack's", () => {
    const balancer = { resourceType: 'AWS::ElasticLoadBalancingV2::LoadBalancer', replacement: 'False' };
    expect(levelOf(balancer, 'api')).toBe('danger');
    expect(levelOf(balancer, 'core')).toBe('safe');
  });
});

describe('other changes', () => {
  it('lets Auto Scaling groups go', () => {
    expect(levelOf({ resourceType: 'AWS::AutoScaling::AutoScalingGroup', action: 'Remove' })).toBe('safe');
  });

  it.each(['Custom::Thing', 'AWS::Brand::New', 'Some::Module::MODULE'])(
    'warns of the unknown type %s',
    (resourceType) => {
      expect(levelOf({ resourceType })).toBe('warn');
    },
  );

  it('warns of what nobody can tell before', () => {
    const detail = { attribute: 'Properties', name: 'Size' };
    expect(levelOf({ replacement: 'Conditional' })).toBe('warn');
    expect(levelOf({ action: 'Dynamic' })).toBe('warn');
    expect(levelOf({ details: [{ ...detail, evaluation: 'Dynamic' }] })).toBe('warn');
    expect(levelOf({ details: [{ ...detail, after: '{{changeSet:KNOWN_AFTER_APPLY}}' }] })).toBe('warn');
    expect(levelOf({ resourceType: 'AWS::CloudFormation::Stack' })).toBe('warn');
    expect(levelOf({ resourceType: 'AWS::CloudFormation::Stack', nestedChangeSetId: 'arn:x' })).toBe('safe');
  });

  it.each([
    ['cachedb', 'CacheManager', 'AWS::EC2::Instance'],
    ['cachedb', 'CacheManagerRecord', 'AWS::Route53::RecordSet'],
    ['core', 'VaultConfiguration', 'AWS::AutoScaling::LaunchConfiguration'],
    ['api', 'EndpointConfiguration', 'AWS::AutoScaling::LaunchConfiguration'],
    ['activities', 'ActivitiesConfiguration', 'AWS::AutoScaling::LaunchConfiguration'],
  ])('marks what a release of %s usually replaces: %s', (config, logicalResourceId, resourceType) => {
    const [usual] = classify([change({ logicalResourceId, resourceType, replacement: 'True' })], config).subject
      .changes;
    expect(usual).toMatchObject({ level: 'warn', usual: true });
    expect(usual?.reason).toMatch(/^usual in a release/);
  });

  it('calls nothing usual that would go, or that is of another type or stack', () => {
    const manager = { logicalResourceId: 'CacheManager', resourceType: 'AWS::EC2::Instance' };
    expect(levelOf({ ...manager, action: 'Remove' }, 'cachedb')).toBe('danger');
    expect(levelOf({ ...manager, replacement: 'True' }, 'core')).toBe('danger');
    expect(levelOf({ ...manager, resourceType: TABLE, replacement: 'True' }, 'cachedb')).toBe('danger');
  });
});

describe('the review of a change set', () => {
  it('shows danger first and wants each danger typed once', () => {
    const { subject, mustType } = classify([
      change({ logicalResourceId: 'Fine' }),
      change({ logicalResourceId: 'Odd', resourceType: 'Custom::Thing' }),
      change({ logicalResourceId: 'Users', resourceType: TABLE, action: 'Remove' }),
    ]);
    expect(subject.changes.map(({ level }) => level)).toEqual(['danger', 'warn', 'safe']);
    expect(mustType).toEqual(['Users']);
  });

  it('predicts that two index changes of one table fail', () => {
    const indexes = (...names: string[]) => JSON.stringify(names.map((IndexName) => ({ IndexName })));
    const table = (before: string, after: string) =>
      classify([
        change({
          logicalResourceId: 'TileIndex',
          resourceType: TABLE,
          details: [{ attribute: 'Properties', name: 'GlobalSecondaryIndexes', before, after }],
        }),
      ]).subject.findings;
    expect(table(indexes('old'), indexes('new'))).toMatchObject([{ id: 'indexes:TileIndex', level: 'danger' }]);
    expect(table(indexes('old'), indexes('old', 'new'))).toEqual([]);
    expect(table('not json', indexes('new'))).toEqual([]);
  });

  it('names what is in a nested stack by its path, and calls nothing in it usual', () => {
    const image = change({
      logicalResourceId: 'CacheManager',
      resourceType: 'AWS::EC2::Instance',
      replacement: 'True',
      nestedIn: ['Machines'],
    });
    const classified = classifyChangeSet({
      config: 'cachedb',
      changeSet: changeSetOf([image, { ...image, nestedIn: ['Others'] }]),
      publicHost: 'api.theboss.io',
      title: 'Review',
    });
    expect(classified.mustType).toEqual(['Machines/CacheManager', 'Others/CacheManager']);
    expect(classified.subject.changes.map(({ usual }) => usual)).toEqual([false, false]);
  });

  it('shows of long values the place where they differ', () => {
    const long = (n: number) => `${'x'.repeat(500)}, the size is ${n}, ${'y'.repeat(500)}`;
    const detail = { attribute: 'Properties', path: '/Properties/Policy', before: long(1), after: long(2) };
    const { subject } = classifyChangeSet({
      config: 'redis',
      changeSet: changeSetOf([change({ details: [detail] })]),
      publicHost: 'api.theboss.io',
      title: 'Review',
    });
    expect(subject.changes[0]?.details[0]).toMatch(
      /^Properties\.Policy: …x+, the size is 1, y+… → …x+, the size is 2, y+…$/,
    );
    expect(subject.changes[0]?.details[0]?.length).toBeLessThan(300);
  });

  it('masks values under names of secrets and draws no control characters', () => {
    const details = [
      { attribute: 'Properties', name: 'MasterUserPassword', before: 'hunter2', after: 'hunter3' },
      { attribute: 'Properties', name: 'Name', before: 'a', after: '\u001b[31mb\u0007' },
    ];
    const [reviewed] = classify([change({ details })]).subject.changes;
    expect(reviewed?.details).toEqual([`Properties.MasterUserPassword: ${MASK} → ${MASK}`, 'Properties.Name: a → b']);
  });
});

const changes = fc.array(
  fc.record({
    action: fc.constantFrom('Add', 'Modify', 'Remove'),
    logicalResourceId: fc.string(),
    resourceType: fc.constantFrom(...types, 'Custom::X'),
    replacement: fc.constantFrom('True', 'False', 'Conditional'),
    scope: fc.array(fc.constantFrom('Properties', 'Tags', 'Metadata')),
    details: fc.array(
      fc.record({
        attribute: fc.constant('Properties'),
        name: fc.string(),
        evaluation: fc.constantFrom('Static', 'Dynamic'),
        before: fc.string(),
        after: fc.string(),
      }),
    ),
  }),
  { maxLength: 8 },
);
const reversed = (list: readonly ResourceChange[]) =>
  list.toReversed().map((each) => ({ ...each, scope: each.scope.toReversed(), details: each.details.toReversed() }));

describe('the hash of a change set', () => {
  it('does not depend on any order', () => {
    fc.assert(fc.property(changes, (list) => changeSetHash(list) === changeSetHash(reversed(list))));
  });

  it('does not depend on property values, which may be secrets', () => {
    const without = (list: readonly ResourceChange[]) =>
      list.map((each) => ({
        ...each,
        details: each.details.map((detail) => ({ ...detail, before: 'x', after: 'y' })),
      }));
    fc.assert(fc.property(changes, (list) => changeSetHash(list) === changeSetHash(without(list))));
  });

  it('changes with a change that comes, goes or becomes another', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const hash = changeSetHash(list);
        const more = change({ logicalResourceId: 'One more' });
        expect(changeSetHash([...list, more])).not.toBe(hash);
        const [first, ...rest] = list;
        if (!first) return;
        expect(changeSetHash(rest)).not.toBe(hash);
        expect(changeSetHash([{ ...first, policyAction: 'Retain' }, ...rest])).not.toBe(hash);
      }),
    );
  });
});

it('an EXPRESS change set is found, since its end proves nothing of what is in it', () => {
  const of = (deploymentMode?: string) =>
    classifyChangeSet({
      config: 'api',
      changeSet: { ...changeSetOf([]), ...(deploymentMode && { deploymentMode }) },
      publicHost: 'api.theboss.io',
      title: 'Update api',
    }).subject.findings.map(({ id }) => id);
  expect([of(), of('STANDARD'), of('EXPRESS')]).toEqual([[], [], ['express']]);
});
