import { isSecretName, MASK, redact } from '../../text/secret.ts';

/** `password = x`, `"token": x` somewhere in a text. */
const ASSIGNMENT = /["']?([\w.-]+)["']?\s*[:=]\s*\S/g;

function assignsSecret(text: string): boolean {
  return [...text.matchAll(ASSIGNMENT)].some(([, name]) => name !== undefined && isSecretName(name));
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** User data is a text in base64: what it assigns counts as well. */
function decoded(text: string): string | undefined {
  if (text.length < 16 || text.length % 4 !== 0 || !/^[\w+/]+={0,2}$/.test(text)) return undefined;
  const plain = Buffer.from(text, 'base64').toString('utf8');
  return plain.includes('\ufffd') ? undefined : plain;
}

/**
 * A property's value as it may leave the door: masked where its name or a part of its path is a secret's; where it is
 * JSON, the strings under secrets' names in it; any other text that sets a secret to something, as a whole.
 */
export function redactValue(value: string, ...names: readonly (string | undefined)[]): string {
  const parts = names.flatMap((name) => name?.split(/[/.[\]]+/) ?? []);
  if (parts.some(isSecretName)) return MASK;
  const json = parseJson(value);
  if (json !== undefined) {
    const shown = typeof json.value === 'string' ? redactValue(json.value) : redact(deepRedact(json.value));
    return JSON.stringify(shown) === JSON.stringify(json.value) ? value : JSON.stringify(shown);
  }
  // The name of a secret is none: `arn:aws:secretsmanager:…` only looks like an assignment.
  if (/^arn:[\w-]+:[\w-]+:\S*$/.test(value)) return value;
  return assignsSecret(value) || assignsSecret(decoded(value) ?? '') ? MASK : value;
}

/** JSON and assignments inside the strings of a value that is under no secret's name itself; `{Name, Value}` pairs too. */
function deepRedact(value: unknown): unknown {
  if (typeof value === 'string') return redactValue(value);
  if (Array.isArray(value)) return value.map(deepRedact);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const named = entries.some(
    ([key, item]) =>
      /^(Name|Key|ParameterKey|ParameterName)$/i.test(key) && typeof item === 'string' && isSecretName(item),
  );
  return Object.fromEntries(
    entries.map(([key, item]) => [key, named && /Value$/i.test(key) ? redact(item, true) : deepRedact(item)]),
  );
}

/** Values by name, those of secrets masked: parameters, tags. */
export function redactRecord(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, redactValue(value, name)]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const mapValues = (value: unknown, change: (item: unknown, key: string) => unknown): unknown =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item, key)])) : value;

const redactResource = (resource: unknown) =>
  mapValues(resource, (item, key) => (key === 'Properties' || key === 'Metadata' ? redact(deepRedact(item)) : item));
const redactParameter = (parameter: unknown, name: string) =>
  mapValues(parameter, (item, key) => (key === 'Default' && isSecretName(name) ? MASK : item));

/** By section of a template; the others hold no values. */
const SECTIONS = new Map<string, (section: unknown) => unknown>([
  ['Resources', (section) => mapValues(section, redactResource)],
  ['Parameters', (section) => mapValues(section, redactParameter)],
  ['Mappings', (section) => redact(deepRedact(section))],
  ['Metadata', (section) => redact(deepRedact(section))],
]);

/** A template without its secrets: properties, defaults and mappings; names of resources stay, whatever they are. */
export function redactTemplate(text: string): string {
  const json = parseJson(text);
  if (json === undefined || !isRecord(json.value)) return redactLines(text);
  const whole = mapValues(json.value, (section, name) => SECTIONS.get(name)?.(section) ?? section);
  return JSON.stringify(whole) === JSON.stringify(json.value) ? text : JSON.stringify(whole);
}

/** YAML, line by line: a scalar after a secret's name is masked. */
function redactLines(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [, head, name] = /^(\s*(?:- )?["']?([\w.-]+)["']?\s*:\s+)[^\s|>&]/.exec(line) ?? [];
      return head !== undefined && name !== undefined && isSecretName(name) ? head + MASK : line;
    })
    .join('\n');
}
