import type { Template } from '../../contract.ts';
import type { Account } from '../account.ts';
import { validationError } from '../awsError.ts';
import { entries, type Params, pairs } from '../params.ts';
import { allDependencies, isRecord, type Lookup, references } from './references.ts';
import type { Blueprint, Stack } from './stack.ts';

/** CloudFormation's limit for a template that is passed in the call, in bytes. */
export const TEMPLATE_BODY_LIMIT = 51_200;

/** Reads and checks a template; throws the ValidationError that CloudFormation answers. */
export function parseTemplate(body: string): Template {
  if (Buffer.byteLength(body) > TEMPLATE_BODY_LIMIT)
    throw validationError(
      `1 validation error detected: Value '${body.slice(0, 80)}…' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${TEMPLATE_BODY_LIMIT}`,
    );
  const template = readTemplate(body);
  checkReferences(template);
  allDependencies(template);
  return template;
}

function readTemplate(body: string): Template {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw validationError('Template format error: JSON not well-formed.');
  }
  if (!isRecord(parsed) || !isRecord(parsed.Resources) || Object.keys(parsed.Resources).length === 0)
    throw validationError('Template format error: At least one Resources member must be defined.');
  for (const [name, resource] of Object.entries(parsed.Resources))
    if (!isRecord(resource) || typeof resource.Type !== 'string')
      throw validationError(
        `Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`,
      );
  return { ...parsed, Resources: parsed.Resources as Template['Resources'] };
}

function checkReferences(template: Template): void {
  const known = new Set([...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})]);
  const mentioned = Object.values(template.Resources).flatMap(({ Properties, DependsOn = [] }) => [
    ...references(Properties).map(({ name }) => name),
    ...(typeof DependsOn === 'string' ? [DependsOn] : DependsOn),
  ]);
  const unknown = [...new Set(mentioned.filter((name) => !known.has(name) && !name.startsWith('AWS::')))];
  if (unknown.length > 0)
    throw validationError(
      `Template format error: Unresolved resource dependencies [${unknown.join(', ')}] in the Resources block of the template`,
    );
}

/** Every parameter's value: what was given, else its default. */
export const parameterValues = ({
  template,
  parameters,
}: Pick<Blueprint, 'template' | 'parameters'>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(template.Parameters ?? {}).flatMap(([name, { Default }]) => {
      const value = parameters[name] ?? Default;
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );

/** The blueprint in a CreateStack, UpdateStack or CreateChangeSet call, `previous` being the stack's own. */
export function readBlueprint(params: Params, previous: Blueprint | undefined): Blueprint {
  if (params.TemplateURL)
    throw validationError('S3 error: Access Denied. Pass the template itself: TemplateURL cannot be read here.');
  const reuse = params.UsePreviousTemplate === 'true' && previous;
  if (!reuse && !params.TemplateBody) throw validationError('Either Template URL or Template Body must be specified.');
  const templateBody = reuse ? previous.templateBody : (params.TemplateBody ?? '');
  const template = reuse ? previous.template : parseTemplate(templateBody);
  const tags = entries(params, 'Tags.member').length > 0 ? pairs(params, 'Tags.member') : (previous?.tags ?? {});
  return { template, templateBody, tags, parameters: readParameters(params, template, previous) };
}

function readParameters(
  params: Params,
  template: Template,
  previous: Blueprint | undefined,
): Readonly<Record<string, string>> {
  const declared = template.Parameters ?? {};
  const given: Record<string, string> = {};
  for (const entry of entries(params, 'Parameters.member')) {
    const name = entry.ParameterKey ?? '';
    const value =
      entry.UsePreviousValue === 'true' ? previous && parameterValues(previous)[name] : (entry.ParameterValue ?? '');
    if (value !== undefined) given[name] = value;
  }
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) throw validationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const empty = Object.entries(declared).filter(
    ([name, { Default }]) => given[name] === undefined && Default === undefined,
  );
  if (empty.length > 0)
    throw validationError(`Parameters: [${empty.map(([name]) => name).join(', ')}] must have values`);
  return given;
}

/** Values of the pseudo parameters. */
export const pseudoParameters = (
  account: Account,
  stack: Pick<Stack, 'stackId' | 'stackName'>,
): Readonly<Record<string, string>> => ({
  'AWS::AccountId': account.accountId,
  'AWS::Region': account.region,
  'AWS::StackName': stack.stackName,
  'AWS::StackId': stack.stackId,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
});

/** Resolves parameters and pseudo parameters alone. */
export const parameterLookup = (
  blueprint: Pick<Blueprint, 'template' | 'parameters'>,
  pseudo: Readonly<Record<string, string>>,
): Lookup => {
  const known: Readonly<Record<string, string>> = { ...pseudo, ...parameterValues(blueprint) };
  return ({ name, attribute }) => (attribute === undefined && Object.hasOwn(known, name) ? known[name] : undefined);
};
