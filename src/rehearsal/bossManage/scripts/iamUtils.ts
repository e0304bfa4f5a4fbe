import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PolicyDetail } from '@aws-sdk/client-iam';
import { GetAccountAuthorizationDetailsCommand, IAMClient } from '@aws-sdk/client-iam';
import * as z from 'zod';
import { parseArguments } from '../commandLine.ts';
import { dumpSorted } from '../python.ts';
import { bossletNames, bossletOf, type NamedBosslet, type Script, type ScriptContext } from '../script.ts';
import { BossManageError } from '../scriptErrors.ts';
import { calling, sessionOf } from '../session.ts';

const TYPES = ['groups', 'roles', 'policies'] as const;
type Type = (typeof TYPES)[number];

const namesFile = z.record(z.enum(TYPES), z.array(z.string()));

/** What stands for the account's id in the files. */
const MASKED_ACCOUNT = '{account_id}';

/** `iam_utils.py BOSSLET export TYPE…`: writes what the account's IAM has of the names in `config/iam/names.json`. */
export const run: Script = async (context) => {
  const { positionals } = parseArguments(
    {
      program: context.program,
      options: {},
      positionals: [
        { name: 'bosslet_name', choices: bossletNames(context) },
        { name: 'command', choices: ['export', 'import', 'remove'] },
        { name: 'resource_type', choices: TYPES, repeats: '+' },
      ],
    },
    context.args,
    context.terminal,
  );
  if (positionals.get('command')?.[0] !== 'export')
    throw new BossManageError('A rehearsal has no IAM that could be changed: only export is played');
  const bosslet = bossletOf(context, positionals.get('bosslet_name')?.[0]);
  const folder = join(context.checkout, 'config', 'iam');
  const names = namesFile.parse(JSON.parse(await readFile(join(folder, 'names.json'), 'utf8')));
  const details = await authorizationDetails(context, bosslet);
  for (const type of TYPES.filter((each) => positionals.get('resource_type')?.includes(each))) {
    const wanted = details[type].filter(({ name }) => names[type].includes(name)).map(({ entry }) => entry);
    // The account that is masked is the bosslet's, whoever the keys belong to.
    const text = dumpSorted(wanted, 2).replaceAll(bosslet.accountId, MASKED_ACCOUNT);
    await writeFile(join(folder, `${type}.json`), text);
  }
};

interface Detail {
  readonly name: string;
  readonly entry: unknown;
}

async function authorizationDetails(
  context: ScriptContext,
  bosslet: NamedBosslet,
): Promise<Readonly<Record<Type, readonly Detail[]>>> {
  const client = new IAMClient(sessionOf(context, bosslet));
  const found = { groups: [] as Detail[], roles: [] as Detail[], policies: [] as Detail[] };
  let marker: string | undefined;
  do {
    const page = await calling(
      'GetAccountAuthorizationDetails',
      client.send(
        new GetAccountAuthorizationDetailsCommand({
          Filter: ['Role', 'Group', 'LocalManagedPolicy'],
          ...(marker ? { Marker: marker } : {}),
        }),
      ),
    );
    for (const { GroupName = '', Path, GroupPolicyList, AttachedManagedPolicies } of page.GroupDetailList ?? [])
      found.groups.push({
        name: GroupName,
        entry: {
          GroupName,
          Path,
          GroupPolicyList: inline(GroupPolicyList),
          AttachedManagedPolicies: AttachedManagedPolicies?.map(({ PolicyArn }) => PolicyArn) ?? [],
        },
      });
    for (const role of page.RoleDetailList ?? [])
      found.roles.push({
        name: role.RoleName ?? '',
        entry: {
          RoleName: role.RoleName,
          Path: role.Path,
          AssumeRolePolicyDocument: document(role.AssumeRolePolicyDocument),
          RolePolicyList: inline(role.RolePolicyList),
          AttachedManagedPolicies: role.AttachedManagedPolicies?.map(({ PolicyArn }) => PolicyArn) ?? [],
          InstanceProfileList:
            role.InstanceProfileList?.map(({ InstanceProfileName, Path }) => ({ InstanceProfileName, Path })) ?? [],
        },
      });
    for (const { PolicyName = '', Path, PolicyVersionList } of page.Policies ?? [])
      found.policies.push({
        name: PolicyName,
        entry: {
          PolicyName,
          Path,
          PolicyDocument: document(PolicyVersionList?.find(({ IsDefaultVersion }) => IsDefaultVersion)?.Document),
        },
      });
    marker = page.IsTruncated ? page.Marker : undefined;
  } while (marker);
  return found;
}

const inline = (policies: readonly PolicyDetail[] | undefined) =>
  policies?.map(({ PolicyName, PolicyDocument }) => ({ PolicyName, PolicyDocument: document(PolicyDocument) })) ?? [];

/** IAM's documents travel percent-encoded. */
const document = (text: string | undefined): unknown =>
  text === undefined ? null : JSON.parse(decodeURIComponent(text));
