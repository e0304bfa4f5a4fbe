import type { TemplateResource } from '../../contract.ts';
import { dashed, ref, type StackInput, type TemplateBosslet, type Value } from './resources.ts';

/** A lambda whose code is a zip file in the bosslet's bucket; a release changes the key of the zip. */
export function lambda(input: {
  readonly bosslet: TemplateBosslet;
  readonly name: string;
  readonly handler: string;
  readonly role: Value;
  readonly code: LambdaCode;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly deadLetter?: Value;
  readonly subnets?: readonly Value[];
  readonly dependsOn?: string;
}): TemplateResource {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: dashed(input.bosslet, input.name),
      Handler: input.handler,
      Role: input.role,
      Runtime: 'python3.7',
      Timeout: input.timeoutSeconds,
      MemorySize: input.memoryMb,
      Code: input.code,
      ...(input.deadLetter === undefined ? {} : { DeadLetterConfig: { TargetArn: input.deadLetter } }),
      ...(input.subnets === undefined
        ? {}
        : { VpcConfig: { SubnetIds: input.subnets, SecurityGroupIds: [ref('InternalSecurityGroup')] } }),
    },
    ...(input.dependsOn === undefined ? {} : { DependsOn: input.dependsOn }),
  };
}

export type LambdaCode =
  | { readonly S3Bucket: string; readonly S3Key: string }
  /** Source that is part of the template. */
  | { readonly ZipFile: Value };

/** The zip that most lambdas share; its key is another one in each release. */
export const multiLambdaCode = ({ bosslet, revision }: StackInput): LambdaCode => ({
  S3Bucket: `boss-lambda-${bosslet.accountId}`,
  S3Key: `multilambda.${bosslet.internalDomain}.${revision === 'head' ? '3' : '2'}.zip`,
});

export const lambdaPermission = (
  functionName: Value,
  principal = 'sns.amazonaws.com',
  source?: Value,
): TemplateResource => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:invokeFunction',
    FunctionName: functionName,
    Principal: principal,
    ...(source === undefined ? {} : { SourceArn: source }),
  },
});

export const rule = (input: {
  readonly name: string;
  readonly description: string;
  readonly schedule: string;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly targets: readonly unknown[];
  readonly dependsOn?: readonly string[];
}): TemplateResource => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    Name: input.name,
    Description: input.description,
    ScheduleExpression: input.schedule,
    State: input.state,
    Targets: input.targets,
  },
  ...(input.dependsOn === undefined ? {} : { DependsOn: input.dependsOn }),
});
