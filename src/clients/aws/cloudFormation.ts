import { randomUUID } from 'node:crypto';
import type {
  Stack as SdkStack,
  StackEvent as SdkStackEvent,
  StackSummary as SdkStackSummary,
  StackStatus,
} from '@aws-sdk/client-cloudformation';
import { MASK } from '../../text/secret.ts';
import type { ChangeSet, CloudFormationAct, CloudFormationRead, Stack, StackEvent, StackSummary } from '../doors.ts';
import { isAbsent } from './awsError.ts';
import { changeSetOf, describeNested, describeWhole } from './changeSet.ts';
import { allOf, type Connection, present, type Run } from './connection.ts';
import { redactRecord, redactTemplate } from './redaction.ts';

const summaryOf = (stack: SdkStackSummary | SdkStack): StackSummary => ({
  stackName: stack.StackName ?? '',
  stackId: stack.StackId ?? '',
  stackStatus: stack.StackStatus ?? '',
  creationTimeMs: stack.CreationTime?.getTime() ?? 0,
  ...present({
    stackStatusReason: stack.StackStatusReason,
    lastUpdatedTimeMs: stack.LastUpdatedTime?.getTime(),
  }),
});

const stackOf = (stack: SdkStack): Stack => ({
  ...summaryOf(stack),
  ...present({ changeSetId: stack.ChangeSetId }),
  tags: redactRecord(Object.fromEntries((stack.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']))),
  parameters: redactRecord(
    Object.fromEntries(
      (stack.Parameters ?? []).map(({ ParameterKey, ParameterValue }) => [ParameterKey ?? '', ParameterValue ?? '']),
    ),
  ),
});

const eventOf = (event: SdkStackEvent): StackEvent => ({
  eventId: event.EventId ?? '',
  stackId: event.StackId ?? '',
  stackName: event.StackName ?? '',
  logicalResourceId: event.LogicalResourceId ?? '',
  resourceType: event.ResourceType ?? '',
  resourceStatus: event.ResourceStatus ?? '',
  timestampMs: event.Timestamp?.getTime() ?? 0,
  ...present({
    physicalResourceId: event.PhysicalResourceId || undefined,
    resourceStatusReason: event.ResourceStatusReason,
  }),
});

/** What was read masked (by us, or by AWS as NoEcho) keeps its value: the mask must never become the password. */
const parameterOf = ([ParameterKey, value]: readonly [string, string]) =>
  value === MASK || value === '****'
    ? { ParameterKey, UsePreviousValue: true }
    : { ParameterKey, ParameterValue: value };

type Sdk = typeof import('./sdk/cloudFormation.ts');
type RunCloudFormation = Run<{ readonly sdk: Sdk; readonly client: InstanceType<Sdk['CloudFormationClient']> }>;

const NOT_THERE = /does not exist/;

/** Every status but that of deleted stacks, which are listed for 90 days. */
const liveStatuses = (sdk: Sdk): StackStatus[] =>
  Object.values(sdk.StackStatus).filter((status) => status !== 'DELETE_COMPLETE');

function readsOf(run: RunCloudFormation): CloudFormationRead {
  return {
    listStacks: (signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const StackStatusFilter = liveStatuses(sdk);
        const all = await allOf(
          (NextToken) => client.send(new sdk.ListStacksCommand({ NextToken, StackStatusFilter }), options),
          (page) => page.NextToken,
          (page) => page.StackSummaries,
        );
        return all.map(summaryOf);
      }),
    describeStack: (nameOrId, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        try {
          const { Stacks } = await client.send(new sdk.DescribeStacksCommand({ StackName: nameOrId }), options);
          return Stacks?.[0] && stackOf(Stacks[0]);
        } catch (error) {
          if (isAbsent(error, ['ValidationError'], NOT_THERE)) return undefined;
          throw error;
        }
      }),
    describeStacks: (signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const all = await allOf(
          (NextToken) => client.send(new sdk.DescribeStacksCommand({ NextToken }), options),
          (page) => page.NextToken,
          (page) => page.Stacks,
        );
        return all.map(stackOf);
      }),
    stackEventsPage: (stackId, nextToken, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const command = new sdk.DescribeStackEventsCommand({ StackName: stackId, NextToken: nextToken });
        const page = await client.send(command, options);
        return { events: (page.StackEvents ?? []).map(eventOf), ...present({ nextToken: page.NextToken }) };
      }),
    stackResources: (stackName, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const all = await allOf(
          (NextToken) => client.send(new sdk.ListStackResourcesCommand({ StackName: stackName, NextToken }), options),
          (page) => page.NextToken,
          (page) => page.StackResourceSummaries,
        );
        return all.map((one) => ({
          logicalResourceId: one.LogicalResourceId ?? '',
          resourceType: one.ResourceType ?? '',
          resourceStatus: one.ResourceStatus ?? '',
          ...present({ physicalResourceId: one.PhysicalResourceId }),
        }));
      }),
    listChangeSets: (stackName, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const all = await allOf(
          (NextToken) => client.send(new sdk.ListChangeSetsCommand({ StackName: stackName, NextToken }), options),
          (page) => page.NextToken,
          (page) => page.Summaries,
        );
        return all.map(changeSetOf);
      }),
    describeChangeSet: (stackName, nameOrArn, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        // An ARN names its stack itself; a name that is given beside it would have to match to the letter.
        const describe = async (ChangeSetName: string): Promise<ChangeSet | undefined> => {
          const named = ChangeSetName.startsWith('arn:') ? {} : { StackName: stackName };
          const page = (IncludePropertyValues: boolean, NextToken: string | undefined) =>
            client.send(
              new sdk.DescribeChangeSetCommand({ ...named, ChangeSetName, IncludePropertyValues, NextToken }),
              options,
            );
          try {
            return await describeWhole(page);
          } catch (error) {
            const codes = ['ChangeSetNotFound', 'ChangeSetNotFoundException', 'ValidationError'];
            if (isAbsent(error, codes, NOT_THERE)) return undefined;
            throw error;
          }
        };
        const changeSet = await describe(nameOrArn);
        return changeSet && { ...changeSet, changes: await describeNested(changeSet.changes, describe) };
      }),
    getTemplate: (stackName, signal, changeSetName) =>
      run(signal, async ({ sdk, client }, options) => {
        const command = new sdk.GetTemplateCommand({ StackName: stackName, ChangeSetName: changeSetName });
        const { TemplateBody } = await client.send(command, options);
        return redactTemplate(TemplateBody ?? '');
      }),
  };
}

/** CloudFormation: what "does not exist" looks like, and what must be read twice, is known here. */
export function createCloudFormation(connection: Connection): CloudFormationRead & CloudFormationAct {
  const run: RunCloudFormation = connection.service(async (config) => {
    const sdk = await import('./sdk/cloudFormation.ts');
    return { sdk, client: new sdk.CloudFormationClient(config) };
  });
  return {
    ...readsOf(run),
    createChangeSet: (input, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const command = new sdk.CreateChangeSetCommand({
          StackName: input.stackName,
          ChangeSetName: input.changeSetName,
          ChangeSetType: 'UPDATE',
          TemplateBody: input.templateBody,
          Parameters: Object.entries(input.parameters).map(parameterOf),
          Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
          Description: input.description,
          IncludeNestedStacks: true,
          // A retry after a lost answer is then the same request and no second change set.
          ClientToken: randomUUID(),
        });
        const { Id } = await client.send(command, options);
        if (Id === undefined)
          throw new Error(
            `CloudFormation gave no ARN for change set ${input.changeSetName}; look at ${input.stackName}.`,
          );
        return Id;
      }),
    deleteChangeSet: (changeSetArn, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        await client.send(new sdk.DeleteChangeSetCommand({ ChangeSetName: changeSetArn }), options);
      }),
    cancelUpdate: (StackName, ClientRequestToken, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        await client.send(new sdk.CancelUpdateStackCommand({ StackName, ClientRequestToken }), options);
      }),
    continueUpdateRollback: (StackName, ClientRequestToken, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        await client.send(new sdk.ContinueUpdateRollbackCommand({ StackName, ClientRequestToken }), options);
      }),
  };
}
