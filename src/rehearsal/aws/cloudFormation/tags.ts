import { isRecord } from './references.ts';

/** A resource's properties, resolved. */
export type Properties = Readonly<Record<string, unknown>>;

/** The value of a tag in a template's list of tags. */
export function tagOf(properties: Properties, key: string): string | undefined {
  const tags: readonly unknown[] = Array.isArray(properties.Tags) ? properties.Tags : [];
  const tag = tags.find((one) => isRecord(one) && one.Key === key);
  return isRecord(tag) && typeof tag.Value === 'string' ? tag.Value : undefined;
}
