import { dumpSorted } from './python.ts';

/** Groups, roles and policies that an export takes. */
const NAMES = {
  groups: ['bossAdministrators', 'bossDevelopers'],
  roles: ['activities', 'cachemanager', 'endpoint', 'lambda_cache_execution'],
  policies: ['apiDeployPolicy', 'cuboidBucketPolicy'],
} as const;

/** A statement that allows some actions everywhere. */
export const allow = (...actions: readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});

/** A statement that lets a service take a role. */
export const assumedBy = (service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' }],
});

interface IamEntity {
  readonly name: string;
  readonly document: unknown;
}
export interface IamContent {
  readonly groups: readonly IamEntity[];
  readonly roles: readonly IamEntity[];
  readonly policies: readonly IamEntity[];
}

/** The account's id is masked in the files and whole in the account. */
const MASKED_ACCOUNT = '{account_id}';

const content = (accountId: string, developerActions: readonly string[]): IamContent => ({
  groups: [
    { name: 'bossAdministrators', document: allow('*') },
    { name: 'bossDevelopers', document: allow(...developerActions) },
  ],
  roles: [
    { name: 'activities', document: assumedBy('ec2') },
    { name: 'cachemanager', document: assumedBy('ec2') },
    { name: 'endpoint', document: assumedBy('ec2') },
    { name: 'lambda_cache_execution', document: assumedBy('lambda') },
  ],
  policies: [
    { name: 'apiDeployPolicy', document: allow('cloudformation:*', 'route53:ChangeResourceRecordSets') },
    {
      name: 'cuboidBucketPolicy',
      document: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['s3:GetObject', 's3:PutObject'],
            Resource: `arn:aws:s3:::cuboids.${accountId}/*`,
          },
        ],
      },
    },
  ],
});

const COMMITTED_ACTIONS = ['cloudformation:Describe*', 's3:Get*'];

/**
 * What the dev account's IAM holds: what is committed with one permission more, so that an export has a diff to be
 * reviewed, and names that no export takes.
 */
export function devIam(accountId: string): IamContent {
  const committed = content(accountId, [...COMMITTED_ACTIONS, 'sqs:GetQueueAttributes']);
  return { ...committed, groups: [...committed.groups, { name: 'aplSpeedTestGroup', document: allow('ec2:*') }] };
}

/** The committed files of `config/iam`, by name without `.json`. */
export const IAM_FILES: Readonly<Record<string, string>> = (() => {
  const { groups, roles, policies } = content(MASKED_ACCOUNT, COMMITTED_ACTIONS);
  return {
    names: `${JSON.stringify(NAMES, undefined, 2)}\n`,
    groups: dumpSorted(
      groups.map(({ name, document }) => ({
        GroupName: name,
        Path: '/',
        GroupPolicyList: [{ PolicyName: name, PolicyDocument: document }],
        AttachedManagedPolicies: [],
      })),
      2,
    ),
    roles: dumpSorted(
      roles.map(({ name, document }) => ({
        RoleName: name,
        Path: '/',
        AssumeRolePolicyDocument: document,
        RolePolicyList: [],
        AttachedManagedPolicies: [],
        InstanceProfileList: [],
      })),
      2,
    ),
    policies: dumpSorted(
      policies.map(({ name, document }) => ({ PolicyName: name, Path: '/', PolicyDocument: document })),
      2,
    ),
  };
})();
