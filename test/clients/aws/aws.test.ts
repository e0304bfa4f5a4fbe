import { describe, expect, it } from 'vitest';
import { type AwsOptions, createAws } from '../../../src/clients/aws/aws.ts';
import { MASK } from '../../../src/text/secret.ts';
import { type AwsReply, type AwsRequest, scriptedAws, type XmlValue } from './scriptedAws.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' };
const STACK = 'ApiProductionBoss';
const ME = { Account: '1', Arn: 'arn:aws:iam::1:user/me' };

async function awsThatSays(answer: (request: AwsRequest) => AwsReply, options: Partial<AwsOptions> = {}) {
  const { endpoint, asked } = await scriptedAws(answer);
  return { aws: createAws({ region: 'us-east-1', accountId: '1', endpoint, credentials, ...options }), asked };
}

const change = (logicalId: string, details: readonly XmlValue[] = [], more: Record<string, string> = {}): XmlValue => ({
  Type: 'Resource',
  ResourceChange: {
    Action: 'Modify',
    LogicalResourceId: logicalId,
    ResourceType: 'AWS::DynamoDB::Table',
    Details: details,
    ...more,
  },
});
const detail = (name: string, values: Record<string, string> = {}): XmlValue => ({
  Target: { Attribute: 'Properties', Name: name, RequiresRecreation: 'Never', ...values },
  Evaluation: 'Static',
  ChangeSource: 'DirectModification',
});
const changeSet = (changes: readonly XmlValue[], more: Record<string, XmlValue> = {}): AwsReply => ({
  result: {
    ChangeSetId: 'arn:aws:cloudformation:us-east-1:1:changeSet/h1/x',
    ChangeSetName: 'h1',
    StackName: STACK,
    Status: 'CREATE_COMPLETE',
    ExecutionStatus: 'AVAILABLE',
    Changes: changes,
    ...more,
  },
});

describe('a change set', () => {
  const withValues = ({ fields }: AwsRequest) => fields.IncludePropertyValues === 'true';

  it('is whole although the service drops resources from one of the two readings, over all pages', async () => {
    const { aws, asked } = await awsThatSays((request) => {
      if (withValues(request))
        return request.fields.NextToken === 'v2'
          ? changeSet([change('Extra')])
          : changeSet([change('Table', [detail('Size', { BeforeValue: '1', AfterValue: '2' })])], { NextToken: 'v2' });
      return request.fields.NextToken === 'p2'
        ? changeSet([
            change('Dropped', [detail('KeySchema')], { Replacement: 'True', PolicyAction: 'ReplaceAndDelete' }),
          ])
        : changeSet([change('Table', [detail('Size')])], { NextToken: 'p2' });
    });
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    expect(found?.changes.map(({ logicalResourceId }) => logicalResourceId)).toEqual(['Table', 'Dropped', 'Extra']);
    expect(found?.changes[0]?.details).toMatchObject([{ name: 'Size', before: '1', after: '2' }]);
    expect(found?.changes[1]).toMatchObject({ replacement: 'True', policyAction: 'ReplaceAndDelete' });
    expect(asked).toHaveLength(4);
  });

  it('believes the worse where the readings differ, and tells an EXPRESS one', async () => {
    const { aws } = await awsThatSays((request) =>
      changeSet(
        [
          change('A', [], withValues(request) ? { Replacement: 'False' } : { Replacement: 'True' }),
          change(
            'B',
            [],
            withValues(request) ? { PolicyAction: 'ReplaceAndDelete' } : { PolicyAction: 'ReplaceAndRetain' },
          ),
          change('C', [], withValues(request) ? { Replacement: 'Conditional' } : {}),
          change('D', [], withValues(request) ? { PolicyAction: 'SomethingNew' } : { PolicyAction: 'Delete' }),
        ],
        { DeploymentConfig: { Mode: 'EXPRESS' } },
      ),
    );
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    expect(found?.changes.map(({ replacement, policyAction }) => replacement ?? policyAction)).toEqual([
      'True',
      'ReplaceAndDelete',
      'Conditional',
      'SomethingNew',
    ]);
    expect(found?.deploymentMode).toBe('EXPRESS');
  });

  it('keeps the details of the reading that has more of them', async () => {
    const { aws } = await awsThatSays((request) =>
      changeSet([change('Table', withValues(request) ? [] : [detail('KeySchema')], { Replacement: 'True' })]),
    );
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    expect(found?.changes[0]?.details).toMatchObject([{ name: 'KeySchema' }]);
  });

  it('that was finished between the two readings is read again', async () => {
    let asked = 0;
    const { aws } = await awsThatSays(() =>
      asked++ === 0
        ? changeSet([], { Status: 'CREATE_IN_PROGRESS' })
        : changeSet([change('Table', [detail('Size', { AfterValue: '2' })])]),
    );
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    expect(found).toMatchObject({ status: 'CREATE_COMPLETE', changes: [{ details: [{ after: '2' }] }] });
  });

  it('is asked for by its ARN alone where that is known, and by its stack too where it is not', async () => {
    const { aws, asked } = await awsThatSays(() => changeSet([]));
    await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    await aws.cloudFormation.describeChangeSet(STACK, 'arn:aws:cloudformation:us-east-1:1:changeSet/h1/x');
    expect(asked.map(({ fields }) => fields.StackName)).toEqual([STACK, STACK, undefined, undefined]);
  });

  it('holds the changes of nested stacks, of all their pages and with their values, under the path to each', async () => {
    const nested = (id: string) => `arn:aws:cloudformation:us-east-1:1:changeSet/${id}/x`;
    const stackRow = (logicalId: string) =>
      change(logicalId, [], { ResourceType: 'AWS::CloudFormation::Stack', ChangeSetId: nested(logicalId) });
    const { aws } = await awsThatSays((request) => {
      const { ChangeSetName: name, NextToken: token } = request.fields;
      if (name === nested('Gone')) return { error: 'ChangeSetNotFound', message: 'ChangeSet [x] does not exist' };
      const more = { ChangeSetId: name ?? '' };
      if (name === nested('Failed')) return changeSet([], { ...more, Status: 'FAILED', StatusReason: 'Access Denied' });
      if (name === nested('Same'))
        return changeSet([], {
          ...more,
          Status: 'FAILED',
          StatusReason: "The submitted information didn't contain changes.",
        });
      if (name === nested('Inner')) return changeSet([change('Deep', [detail('KeySchema')])], more);
      if (name !== nested('Outer')) return changeSet(['Outer', 'Gone', 'Failed', 'Same'].map(stackRow));
      // The second page of the reading with values lacks what the other has.
      if (token === 'p2') return changeSet(withValues(request) ? [] : [change('Dropped')], more);
      const values = withValues(request) ? { BeforeValue: '1', AfterValue: '2' } : {};
      return changeSet([stackRow('Inner'), change('Table', [detail('Size', values)])], { ...more, NextToken: 'p2' });
    });
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    const rows = found?.changes.map(({ nestedIn = [], logicalResourceId }) =>
      [...nestedIn, logicalResourceId].join('/'),
    );
    expect(rows).toEqual([
      ...['Outer', 'Gone', 'Failed', 'Same'],
      ...['Outer/Inner', 'Outer/Table', 'Outer/Dropped', 'Outer/Inner/Deep'],
    ]);
    expect(found?.changes.find(({ logicalResourceId }) => logicalResourceId === 'Table')?.details).toMatchObject([
      { before: '1', after: '2' },
    ]);
    // Of these two nobody can tell what they would do.
    expect(
      found?.changes.filter(
        ({ resourceType, nestedChangeSetId }) => /::Stack$/.test(resourceType) && !nestedChangeSetId,
      ),
    ).toMatchObject([{ logicalResourceId: 'Gone' }, { logicalResourceId: 'Failed' }]);
  });

  it('is masked where a value is a secret’s by its name, by its path, or in its JSON', async () => {
    const { aws } = await awsThatSays(() =>
      changeSet([
        change('Db', [
          detail('MasterUserPassword', { BeforeValue: 'hunter2', AfterValue: 'hunter3' }),
          detail('Environment', { Path: '/Properties/Environment/DB_TOKEN', AfterValue: 'hunter2' }),
          detail('Settings', { AfterValue: '{"a":"1","auth":{"password":"hunter2"}}' }),
          detail('UserData', { AfterValue: Buffer.from('[vault]\ntoken = hunter2\n').toString('base64') }),
          detail('ImageId', { BeforeValue: 'ami-1', AfterValue: 'ami-2' }),
        ]),
      ]),
    );
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    expect(JSON.stringify(found)).not.toContain('hunter');
    expect(found?.changes[0]?.details.map(({ before, after }) => [before, after])).toEqual([
      [MASK, MASK],
      [undefined, MASK],
      [undefined, `{"a":"1","auth":{"password":"${MASK}"}}`],
      [undefined, MASK],
      ['ami-1', 'ami-2'],
    ]);
  });

  it('is not there only where AWS says so', async () => {
    const saying = (error: string, message: string) =>
      awsThatSays(() => ({ error, message })).then(({ aws }) => aws.cloudFormation.describeChangeSet(STACK, 'h1'));
    expect(await saying('ChangeSetNotFound', 'ChangeSet [h1] does not exist')).toBeUndefined();
    expect(await saying('ValidationError', `Stack [${STACK}] does not exist`)).toBeUndefined();
    await expect(saying('ValidationError', '1 validation error detected')).rejects.toMatchObject({
      code: 'ValidationError',
    });
    await expect(saying('ExpiredToken', 'The security token is expired')).rejects.toMatchObject({ credentials: true });
  });

  it('is made with the value that the stack has where ours was read masked', async () => {
    const { aws, asked } = await awsThatSays(({ action }) => ({
      result: { Id: 'arn:aws:cloudformation:us-east-1:1:changeSet/h1/x', ...(action === 'GetCallerIdentity' && ME) },
    }));
    const input = { stackName: STACK, changeSetName: 'h1', templateBody: '{}' };
    await aws.cloudFormation.createChangeSet({ ...input, parameters: { DbPassword: MASK, Size: 'large' } });
    expect(asked.find(({ action }) => action === 'CreateChangeSet')?.fields).toMatchObject({
      'Parameters.member.1.ParameterKey': 'DbPassword',
      'Parameters.member.1.UsePreviousValue': 'true',
      'Parameters.member.2.ParameterValue': 'large',
    });
    expect(JSON.stringify(asked)).not.toContain(MASK);
  });
});
