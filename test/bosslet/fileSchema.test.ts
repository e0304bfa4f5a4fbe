import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { jsonSchema } from '../../src/bosslet/fileSchema.ts';
import { SETTING_NAMES } from '../../src/bosslet/settings.ts';
import { SCHEMA_FILE } from '../../src/bosslet/writeSchema.ts';

/** Every field of a JSON Schema with its description, by its place; fields of `bosslets` as those of one bosslet. */
function fieldsOf(schema: unknown, place = ''): readonly (readonly [string, unknown])[] {
  if (schema === null || typeof schema !== 'object') return [];
  const { properties, additionalProperties, anyOf, items } = schema as Record<string, unknown>;
  return [
    ...Object.entries(properties ?? {}).flatMap(([name, field]) => [
      [place + name, (field as { description?: unknown }).description] as const,
      ...fieldsOf(field, `${place}${name}.`),
    ]),
    ...fieldsOf(additionalProperties, place.replace('bosslets.', '')),
    ...fieldsOf(items, place),
    ...((anyOf ?? []) as readonly unknown[]).flatMap((each) => fieldsOf(each, place)),
  ];
}

describe('the schema for editors', () => {
  it('is what the program checks by: "npm run schema" writes it anew', async () => {
    expect(JSON.parse(await readFile(SCHEMA_FILE, 'utf8'))).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
  });

  it('has every setting, and describes each field', () => {
    const fields = new Map(fieldsOf(jsonSchema()));
    for (const name of SETTING_NAMES) expect([...fields.keys()]).toContain(name);
    for (const [name, description] of fields) expect(description, name).toMatch(/^\S.{9,}\.$/);
  });

  it('is shipped', async () => {
    const { files } = JSON.parse(await readFile(new URL('package.json', SCHEMA_FILE), 'utf8'));
    expect(files).toContain('boss-tui.schema.json');
  });
});
