import * as z from 'zod';
import { bossletName, SETTINGS, type SettingName, SHARED_SETTINGS, settingOf } from './settings.ts';

/** What the groups of settings are about, for the editor. */
const GROUPS: Readonly<Record<string, string>> = {
  dev: 'The account in which developers build; its AMIs and its IAM are part of the procedure.',
  maintenance: 'The page that is served while the API is down.',
  dns: 'Who is asked how the public name stands.',
  redis: 'How the caches are reached.',
  'redis.caches': "The caches, by boss-manage's names.",
  'redis.ssh': "How the system's ssh enters the machines, for via: endpoint and bastion.",
  evidence: 'What a release keeps besides its own folder.',
};

const MAPPING = 'a mapping of names to values';
const mapping = (shape: z.core.$ZodLooseShape) =>
  z.strictObject(shape, { error: ({ code }) => (code === 'invalid_type' ? MAPPING : undefined) });

/** Every value may be left empty: that says as little as leaving it out. */
const leaf = (name: SettingName) => {
  const { schema, about, default: value } = settingOf(name);
  return schema.nullish().meta({ description: about, ...(value === undefined ? {} : { default: value }) });
};

/** The settings below a prefix (`redis.`) as a mapping of mappings. */
function shapeOf(names: readonly SettingName[], prefix: string): z.core.$ZodLooseShape {
  const heads = [...new Set(names.map((name) => name.slice(prefix.length).split('.')[0] ?? ''))];
  return Object.fromEntries(
    heads.map((head) => {
      const own = names.find((name) => name === prefix + head);
      if (own) return [head, leaf(own)];
      const below = names.filter((name) => name.startsWith(`${prefix}${head}.`));
      const about = GROUPS[prefix + head];
      if (about === undefined) throw new Error(`Nobody says what the group ${prefix}${head} is about.`);
      return [
        head,
        mapping(shapeOf(below, `${prefix}${head}.`))
          .nullish()
          .describe(about),
      ];
    }),
  );
}

/** Its own keys, typed: a table's keys are known. */
const namesOf = (table: typeof SETTINGS | typeof SHARED_SETTINGS) => Object.keys(table) as readonly SettingName[];

const bosslet = mapping(shapeOf(namesOf(SETTINGS), ''));

/** The configuration file. Messages of issues are what was expected. */
export const fileSchema = mapping({
  $schema: z.string({ error: 'a URL' }).optional().describe('The schema of this file, for an editor.'),
  ...shapeOf(namesOf(SHARED_SETTINGS), ''),
  bosslets: z
    .record(
      bossletName,
      bosslet.nullish().describe('One deployment of BOSS; what boss-config.py says of it need not be said again.'),
      {
        error: MAPPING,
      },
    )
    .nullish()
    .describe("The deployments, by boss-manage's names: production.boss."),
});

/** The names that a mapping of the file may hold, by its place in it. */
export function knownNames(path: readonly PropertyKey[]): readonly string[] {
  const [top, , ...rest] = path.map(String);
  if (top === undefined) return Object.keys(fileSchema.shape);
  const prefix = rest.map((part) => `${part}.`).join('');
  return Object.keys(
    shapeOf(
      namesOf(SETTINGS).filter((name) => name.startsWith(prefix)),
      prefix,
    ),
  );
}

/** The same for editors, as JSON Schema. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(fileSchema, { target: 'draft-07', io: 'input' }),
    title: 'boss-tui.config',
    description: 'Whom boss-tui acts on, and how it is reached.',
  };
}
