import {
  type Capability,
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import type { NamedBosslet, ScriptContext } from './script.ts';
import { calling, sessionOf } from './session.ts';

/** What a stack is made or changed with. */
export interface StackRequest {
  readonly stackName: string;
  readonly templateBody: string;
  readonly parameters: readonly { readonly ParameterKey: string; readonly ParameterValue: string }[];
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly capabilities: readonly Capability[];
}

/** The calls of CloudFormation that the scripts make, with botocore's errors. */
export interface StackApi {
  /** Every stack of the account that exists, all pages. */
  stacks(): Promise<readonly Stack[]>;
  /** Throws a ClientError where there is none of this name. */
  describe(stackName: string): Promise<Stack | undefined>;
  createStack(request: StackRequest): Promise<void>;
  updateStack(request: StackRequest): Promise<void>;
  deleteStack(stackName: string): Promise<void>;
  createChangeSet(request: StackRequest, name: string): Promise<void>;
  /** The first page alone, as the scripts read it. */
  describeChangeSet(stackName: string, name: string): Promise<DescribeChangeSetCommandOutput>;
  executeChangeSet(stackName: string, name: string): Promise<void>;
  deleteChangeSet(stackName: string, name: string): Promise<void>;
  /** `LogicalId: reason` of every failure in the stack's whole history, newest first. */
  failures(stackName: string): Promise<readonly string[]>;
}

export function openStacks(context: ScriptContext, bosslet: NamedBosslet): StackApi {
  const client = new CloudFormationClient(sessionOf(context, bosslet));
  return {
    async stacks() {
      const found: Stack[] = [];
      let token: string | undefined;
      do {
        const page = await calling(
          'DescribeStacks',
          client.send(new DescribeStacksCommand(token ? { NextToken: token } : {})),
        );
        found.push(...(page.Stacks ?? []));
        token = page.NextToken;
      } while (token);
      return found;
    },
    async describe(StackName) {
      const { Stacks } = await calling('DescribeStacks', client.send(new DescribeStacksCommand({ StackName })));
      return Stacks?.[0];
    },
    async createStack(request) {
      await calling('CreateStack', client.send(new CreateStackCommand(fields(request))));
    },
    async updateStack(request) {
      await calling('UpdateStack', client.send(new UpdateStackCommand(fields(request))));
    },
    async deleteStack(StackName) {
      await calling('DeleteStack', client.send(new DeleteStackCommand({ StackName })));
    },
    async createChangeSet(request, ChangeSetName) {
      await calling('CreateChangeSet', client.send(new CreateChangeSetCommand({ ...fields(request), ChangeSetName })));
    },
    describeChangeSet: (StackName, ChangeSetName) =>
      calling('DescribeChangeSet', client.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }))),
    async executeChangeSet(StackName, ChangeSetName) {
      await calling('ExecuteChangeSet', client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName })));
    },
    async deleteChangeSet(StackName, ChangeSetName) {
      await calling('DeleteChangeSet', client.send(new DeleteChangeSetCommand({ StackName, ChangeSetName })));
    },
    async failures(StackName) {
      const reasons: string[] = [];
      let token: string | undefined;
      do {
        const page = await calling(
          'DescribeStackEvents',
          client.send(new DescribeStackEventsCommand(token ? { StackName, NextToken: token } : { StackName })),
        );
        for (const { ResourceStatus, LogicalResourceId, ResourceStatusReason } of page.StackEvents ?? [])
          if (ResourceStatus?.endsWith('_FAILED')) reasons.push(`${LogicalResourceId}: ${ResourceStatusReason}`);
        token = page.NextToken;
      } while (token);
      return reasons;
    },
  };
}

const fields = ({ stackName, templateBody, parameters, tags, capabilities }: StackRequest) => ({
  StackName: stackName,
  TemplateBody: templateBody,
  Parameters: parameters.map((parameter) => ({ ...parameter, UsePreviousValue: false })),
  Tags: tags.map((tag) => ({ ...tag })),
  ...(capabilities.length === 0 ? {} : { Capabilities: [...capabilities] }),
});
