import type { Aws } from '../account.ts';
import type { XmlFields } from '../xml.ts';
import type { ChangeDetail, PlannedChange } from './diff.ts';
import { type ChangeSet, type Resource, type Stack, type StackEvent, shownState } from './stack.ts';
import { parameterValues } from './template.ts';

/** CloudFormation's own mask for parameters with NoEcho. */
const NO_ECHO = '****';

const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));

const tagList = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([key, value]) => ({ Key: key, Value: value }));

const parameterList = (blueprint: Stack['blueprint']) =>
  Object.entries(parameterValues(blueprint)).map(([key, value]) => ({
    ParameterKey: key,
    ParameterValue: blueprint.template.Parameters?.[key]?.NoEcho ? NO_ECHO : value,
  }));

/** A row of ListStacks. */
export function stackSummary(aws: Aws, stack: Stack): XmlFields {
  const { status, statusReason, updatedAtMs } = shownState(aws, stack);
  return {
    StackId: stack.stackId,
    StackName: stack.stackName,
    TemplateDescription: stack.blueprint.template.Description,
    CreationTime: time(stack.createdAtMs),
    LastUpdatedTime: time(updatedAtMs),
    DeletionTime: time(stack.deletedAtMs),
    StackStatus: status,
    StackStatusReason: statusReason,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

/** A row of DescribeStacks. */
export function stackFields(aws: Aws, stack: Stack): XmlFields {
  const { TemplateDescription: description, ...summary } = stackSummary(aws, stack);
  return {
    ...summary,
    // The change set of the newest operation; none where it was not made by one.
    ChangeSetId: stack.executed.at(-1)?.changeSetId,
    Description: description,
    Parameters: parameterList(stack.blueprint),
    Tags: tagList(stack.blueprint.tags),
    Capabilities: [],
    Outputs: [],
    NotificationARNs: [],
    DisableRollback: false,
    EnableTerminationProtection: false,
    RollbackConfiguration: {},
  };
}

export const eventFields = (stack: Stack, event: StackEvent): XmlFields => ({
  StackId: stack.stackId,
  EventId: event.eventId,
  StackName: stack.stackName,
  LogicalResourceId: event.logicalResourceId,
  PhysicalResourceId: event.physicalResourceId,
  ResourceType: event.resourceType,
  Timestamp: time(event.atMs),
  ResourceStatus: event.status,
  ResourceStatusReason: event.reason,
});

export const resourceSummary = (resource: Resource): XmlFields => ({
  LogicalResourceId: resource.logicalResourceId,
  PhysicalResourceId: resource.physicalResourceId || undefined,
  ResourceType: resource.definition.Type,
  LastUpdatedTimestamp: time(resource.updatedAtMs),
  ResourceStatus: resource.status,
  ResourceStatusReason: resource.statusReason,
  DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
});

/** A row of DescribeStackResources. */
export function resourceFields(stack: Stack, resource: Resource): XmlFields {
  const { LastUpdatedTimestamp: timestamp, ...summary } = resourceSummary(resource);
  return { StackId: stack.stackId, StackName: stack.stackName, Timestamp: timestamp, ...summary };
}

/** A row of ListChangeSets. */
export const changeSetSummary = (stack: Stack, changeSet: ChangeSet): XmlFields => ({
  StackId: stack.stackId,
  StackName: stack.stackName,
  ChangeSetId: changeSet.changeSetId,
  ChangeSetName: changeSet.changeSetName,
  ExecutionStatus: changeSet.executionStatus,
  Status: changeSet.status,
  StatusReason: changeSet.statusReason,
  CreationTime: time(changeSet.createdAtMs),
  Description: changeSet.description,
  IncludeNestedStacks: changeSet.includeNestedStacks,
});

/** DescribeChangeSet but for its changes. */
export const changeSetFields = (stack: Stack, changeSet: ChangeSet): XmlFields => ({
  ...changeSetSummary(stack, changeSet),
  Parameters: parameterList(changeSet.blueprint),
  Tags: tagList(changeSet.blueprint.tags),
  Capabilities: [],
  NotificationARNs: [],
  RollbackConfiguration: {},
});

/** A row of a change set; values are told only where they were asked for. */
export function changeFields(change: PlannedChange, nested: ChangeSet | undefined, withValues: boolean): XmlFields {
  const details = withValues ? change.details : withoutLeaves(change.details);
  return {
    Type: 'Resource',
    ResourceChange: {
      PolicyAction: change.policyAction,
      Action: change.action,
      LogicalResourceId: change.logicalResourceId,
      PhysicalResourceId: change.physicalResourceId,
      ResourceType: change.resourceType,
      Replacement: change.replacement,
      Scope: change.scope,
      ChangeSetId: nested?.changeSetId,
      Details: details.map((detail) => detailFields(detail, withValues)),
      BeforeContext: withValues ? change.beforeContext : undefined,
      AfterContext: withValues ? change.afterContext : undefined,
    },
  };
}

/** Without values, a property that changes in several places is told once. */
function withoutLeaves(details: readonly ChangeDetail[]): ChangeDetail[] {
  const seen = new Set<string>();
  return details.filter(({ attribute, name, changeSource, causingEntity }) => {
    const key = [attribute, name, changeSource, causingEntity].join(' ');
    return !seen.has(key) && seen.add(key);
  });
}

const detailFields = (detail: ChangeDetail, withValues: boolean): XmlFields => ({
  Target: {
    Attribute: detail.attribute,
    Name: detail.name,
    RequiresRecreation: detail.requiresRecreation,
    Path: withValues ? detail.leaf?.path : undefined,
    BeforeValue: withValues ? detail.leaf?.before : undefined,
    AfterValue: withValues ? detail.leaf?.after : undefined,
    AttributeChangeType: withValues ? detail.leaf?.changeType : undefined,
  },
  Evaluation: detail.evaluation,
  ChangeSource: detail.changeSource,
  CausingEntity: detail.causingEntity,
});
