import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Bosslet, type Config, checkoutOf } from '../bosslet/bosslet.ts';
import { stackName } from '../bosslet/names.ts';
import type { Danger } from './kind.ts';

/** CloudFormation's limit for a template that is sent in the request itself. */
export const LARGEST_TEMPLATE_BYTES = 51_200;

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
});
const templateFile = z.looseObject({ Resources: z.record(z.string(), resource) });
export type StackTemplate = z.infer<typeof templateFile>;

const argumentsFile = z.array(
  z.object({ ParameterKey: z.string(), ParameterValue: z.union([z.string(), z.number()]).transform(String) }),
);

/** What `cloudformation.py generate` wrote for a stack. */
export interface Generated {
  readonly template: StackTemplate;
  /** Minified: what the script indents may be over the limit. */
  readonly body: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Where `generate` writes; the folder is git-ignored and must exist. */
export const templatesFolder = (bosslet: Pick<Bosslet, 'bossManage'>): string =>
  join(checkoutOf(bosslet), 'cloud_formation', 'templates');

const filesOf = (bosslet: Bosslet, config: Config) => ({
  template: join(templatesFolder(bosslet), `${stackName(bosslet, config)}.template`),
  arguments: join(templatesFolder(bosslet), `${stackName(bosslet, config)}.arguments`),
});

/** Reads a generated template with its arguments; undefined where one is missing. Throws where it is no template. */
export async function readGenerated(bosslet: Bosslet, config: Config): Promise<Generated | undefined> {
  const files = filesOf(bosslet, config);
  const [templateText, argumentsText] = [await textOf(files.template), await textOf(files.arguments)];
  if (templateText === undefined || argumentsText === undefined) return undefined;
  const template = parse(files.template, templateText, templateFile);
  const args = parse(files.arguments, argumentsText, argumentsFile);
  return {
    template,
    body: JSON.stringify(template),
    parameters: Object.fromEntries(args.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue])),
  };
}

/** Removes what was generated: api's template holds the database's password in plain text. */
export async function removeGenerated(bosslet: Bosslet, config: Config): Promise<void> {
  await Promise.all(Object.values(filesOf(bosslet, config)).map((file) => rm(file, { force: true })));
}

/** Generated templates that were left behind with a database's password in them: a process that died makes them. */
export async function generatedWithSecrets(bosslet: Bosslet): Promise<readonly string[]> {
  const { template } = filesOf(bosslet, 'api');
  const parsed = parseTemplate((await textOf(template)) ?? '');
  const passwords = Object.values(parsed?.Resources ?? {}).map(({ Properties }) => Properties?.MasterUserPassword);
  return passwords.some((value) => typeof value === 'string' && value !== '') ? [template] : [];
}

const textOf = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

function parse<T>(file: string, text: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${file} is no JSON: generate it again.`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new Error(`${file} is no template: ${parsed.error.issues[0]?.message}.`);
  return parsed.data;
}

/** Resources of a database whose password is empty: Vault could not be reached while the template was made. */
export const emptyPasswords = ({ Resources }: StackTemplate): readonly string[] =>
  Object.entries(Resources).flatMap(([id, { Properties }]) => (Properties?.MasterUserPassword === '' ? [id] : []));

/** A deployed template as text, parsed; undefined where it is none that we can read. */
export function parseTemplate(text: string): StackTemplate | undefined {
  try {
    return templateFile.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A template that cannot be sent even when minified. */
export const sizeDangers = (body: string): readonly Danger[] =>
  Buffer.byteLength(body) <= LARGEST_TEMPLATE_BYTES
    ? []
    : [
        {
          id: 'templateSize',
          level: 'danger',
          text: `The template has ${Buffer.byteLength(body)} bytes even when minified, more than the ${LARGEST_TEMPLATE_BYTES} that CloudFormation takes in a request. It is not sent by way of S3, where what stands in it would stay to be read; the script sends it in a request too, so its update would fail as well. Have the template made smaller in the checkout, then try again.`,
        },
      ];
