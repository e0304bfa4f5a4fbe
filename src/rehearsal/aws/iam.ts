import type { Account, Call } from './account.ts';
import { AwsError } from './awsError.ts';
import { page } from './page.ts';
import type { Params } from './params.ts';
import type { QueryService } from './protocol.ts';
import type { XmlFields } from './xml.ts';

/** A group (its document is its one inline policy), a role (who may assume it) or a customer's policy. */
export interface IamEntity {
  readonly name: string;
  readonly document: unknown;
}

const PAGE_SIZE = 100;
/** IAM's documents travel percent-encoded. */
const encoded = (document: unknown) => encodeURIComponent(JSON.stringify(document));
const created = new Date('2024-01-15T09:00:00Z');

const common = ({ accountId }: Account, kind: 'group' | 'role' | 'policy', { name }: IamEntity) => ({
  Path: '/',
  Arn: `arn:aws:iam::${accountId}:${kind}/${name}`,
  CreateDate: created,
});
const group = (account: Account, entity: IamEntity) => ({
  ...common(account, 'group', entity),
  GroupName: entity.name,
  GroupId: `AGPA${entity.name.toUpperCase()}`,
});
const role = (account: Account, entity: IamEntity) => ({
  ...common(account, 'role', entity),
  RoleName: entity.name,
  RoleId: `AROA${entity.name.toUpperCase()}`,
  AssumeRolePolicyDocument: encoded(entity.document),
});
const policy = (account: Account, entity: IamEntity) => ({
  ...common(account, 'policy', entity),
  PolicyName: entity.name,
  PolicyId: `ANPA${entity.name.toUpperCase()}`,
  DefaultVersionId: 'v1',
  AttachmentCount: 1,
  IsAttachable: true,
});
const version = ({ document }: IamEntity) => ({
  Document: encoded(document),
  VersionId: 'v1',
  IsDefaultVersion: true,
  CreateDate: created,
});

function need(all: readonly IamEntity[], kind: string, name: string | undefined): IamEntity {
  const found = all.find((entity) => entity.name === name);
  if (!found) throw new AwsError('NoSuchEntity', `The ${kind} with name ${name} cannot be found.`, 404);
  return found;
}
const nameInArn = (params: Params) => params.PolicyArn?.split('/').at(-1);

/** A page of a list under its own name, with IAM's words for paging. */
function listing(
  name: string,
  params: Params,
  all: readonly IamEntity[],
  fields: (entity: IamEntity) => XmlFields | string,
): XmlFields {
  const { items, nextToken } = page(all, params.Marker, Number(params.MaxItems ?? PAGE_SIZE));
  return { [name]: items.map(fields), IsTruncated: nextToken !== undefined, Marker: nextToken };
}

function authorizationDetails(_params: Params, { account }: Call): XmlFields {
  return {
    UserDetailList: [],
    GroupDetailList: account.iam.groups.map((entity) => ({
      ...group(account, entity),
      GroupPolicyList: [{ PolicyName: entity.name, PolicyDocument: encoded(entity.document) }],
      AttachedManagedPolicies: [],
    })),
    RoleDetailList: account.iam.roles.map((entity) => ({
      ...role(account, entity),
      RolePolicyList: [],
      AttachedManagedPolicies: [],
      InstanceProfileList: [],
    })),
    Policies: account.iam.policies.map((entity) => ({
      ...policy(account, entity),
      PolicyVersionList: [version(entity)],
    })),
    IsTruncated: false,
  };
}

export const iam: QueryService = {
  protocol: 'query',
  xmlns: 'https://iam.amazonaws.com/doc/2010-05-08/',
  operations: {
    ListGroups: (params, { account }) =>
      listing('Groups', params, account.iam.groups, (entity) => group(account, entity)),
    ListRoles: (params, { account }) => listing('Roles', params, account.iam.roles, (entity) => role(account, entity)),
    ListPolicies: (params, { account }) =>
      listing('Policies', params, account.iam.policies, (entity) => policy(account, entity)),
    ListGroupPolicies: (params, { account }) =>
      listing('PolicyNames', params, [need(account.iam.groups, 'group', params.GroupName)], ({ name }) => name),
    GetGroupPolicy(params, { account }) {
      const { name, document } = need(account.iam.groups, 'group', params.GroupName);
      return { GroupName: name, PolicyName: name, PolicyDocument: encoded(document) };
    },
    GetRole: (params, { account }) => ({ Role: role(account, need(account.iam.roles, 'role', params.RoleName)) }),
    GetPolicy: (params, { account }) => ({
      Policy: policy(account, need(account.iam.policies, 'policy', nameInArn(params))),
    }),
    GetPolicyVersion: (params, { account }) => ({
      PolicyVersion: version(need(account.iam.policies, 'policy', nameInArn(params))),
    }),
    GetAccountAuthorizationDetails: authorizationDetails,
  },
};
