import type { Call } from '../account.ts';
import { validationError } from '../awsError.ts';
import { isRecord, resolve } from './references.ts';
import { type Blueprint, type Definition, findStack, STACK_TYPE, type Stack } from './stack.ts';

/** The stack that a resource stands for; undefined where it is no nested stack. */
export function nestedStackOf({ account }: Call, stack: Stack, logicalResourceId: string): Stack | undefined {
  const resource = stack.resources.get(logicalResourceId);
  return resource?.definition.Type === STACK_TYPE ? findStack(account, resource.physicalResourceId) : undefined;
}

/** What a nested stack is made from: the template at its URL, with the literal ones of its parameters. */
export function nestedBlueprint({ account }: Call, definition: Definition, before: Blueprint | undefined): Blueprint {
  const { TemplateURL: url, Parameters: given } = definition.Properties ?? {};
  const template = account.templates.get(String(url));
  if (!template) throw validationError(`TemplateURL must reference a valid S3 object to which you have access: ${url}`);
  const values = resolve(given ?? {}, () => undefined);
  const parameters = isRecord(values)
    ? Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
      )
    : {};
  return { template, templateBody: JSON.stringify(template), parameters, tags: before?.tags ?? {} };
}
