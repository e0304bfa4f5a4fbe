import type { Template } from '../../contract.ts';
import { validationError } from '../awsError.ts';

/** A mention of another resource, parameter or pseudo parameter. */
export interface Reference {
  readonly name: string;
  /** Of Fn::GetAtt. */
  readonly attribute: string | undefined;
}

/** Gives the value of a reference; undefined leaves the intrinsic function as it stands. */
export type Lookup = (reference: Reference) => unknown;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The one key of an intrinsic function: `Ref`, `Fn::GetAtt`, …; undefined for other values. */
export function intrinsic(value: unknown): { readonly name: string; readonly argument: unknown } | undefined {
  if (!isRecord(value)) return undefined;
  const [entry, ...more] = Object.entries(value);
  if (!entry || more.length > 0) return undefined;
  const [name, argument] = entry;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

/** `${Name}` and `${Name.Attribute}`, but not `${!Literal}`. */
const PLACEHOLDER = /\$\{([^!}][^}]*)\}/g;

function reference(text: string): Reference {
  const dot = text.startsWith('AWS::') ? -1 : text.indexOf('.');
  return dot === -1
    ? { name: text, attribute: undefined }
    : { name: text.slice(0, dot), attribute: text.slice(dot + 1) };
}

function referenceOf(name: string, argument: unknown): Reference | undefined {
  if (name === 'Ref' && typeof argument === 'string') return { name: argument, attribute: undefined };
  if (name !== 'Fn::GetAtt') return undefined;
  if (typeof argument === 'string') return reference(argument);
  if (!Array.isArray(argument) || argument.some((part) => typeof part !== 'string')) return undefined;
  return { name: String(argument[0]), attribute: argument.slice(1).join('.') };
}

const subParts = (argument: unknown): { text: string; own: Readonly<Record<string, unknown>> } | undefined => {
  if (typeof argument === 'string') return { text: argument, own: {} };
  if (Array.isArray(argument) && typeof argument[0] === 'string' && isRecord(argument[1]))
    return { text: argument[0], own: argument[1] };
  return undefined;
};

/** All references in a value, wherever they are. */
export function references(value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isRecord(value)) return [];
  const called = intrinsic(value);
  if (!called) return Object.values(value).flatMap(references);
  const direct = referenceOf(called.name, called.argument);
  if (direct) return [direct];
  const sub = called.name === 'Fn::Sub' ? subParts(called.argument) : undefined;
  if (!sub) return references(called.argument);
  const mentioned = [...sub.text.matchAll(PLACEHOLDER)].map((match) => reference(match[1] ?? ''));
  return [...mentioned.filter(({ name }) => !Object.hasOwn(sub.own, name)), ...references(sub.own)];
}

/** A copy of a value in which intrinsic functions are replaced by what they give, as far as the lookup knows. */
export function resolve(value: unknown, lookup: Lookup): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, lookup));
  if (!isRecord(value)) return value;
  const called = intrinsic(value);
  if (!called)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, lookup)] as const));
  const direct = referenceOf(called.name, called.argument);
  if (direct) return lookup(direct) ?? value;
  if (called.name === 'Fn::Sub') return resolveSub(value, called.argument, lookup);
  return applied(called.name, resolve(called.argument, lookup));
}

function resolveSub(value: unknown, argument: unknown, lookup: Lookup): unknown {
  const sub = subParts(argument);
  if (!sub) return value;
  const own = resolve(sub.own, lookup);
  const text = sub.text.replace(PLACEHOLDER, (whole, name: string) => {
    const given = isRecord(own) && Object.hasOwn(own, name) ? own[name] : lookup(reference(name));
    return typeof given === 'string' || typeof given === 'number' ? String(given) : whole;
  });
  return /\$\{[^!]/.test(text) ? { 'Fn::Sub': text } : text.replaceAll('${!', '${');
}

/** What a function gives of resolved arguments; the function itself where they are not what it takes. */
function applied(name: string, argument: unknown): unknown {
  if (name === 'Fn::Base64' && typeof argument === 'string') return Buffer.from(argument).toString('base64');
  if (name === 'Fn::Join' && Array.isArray(argument) && Array.isArray(argument[1]))
    if (argument[1].every((part) => typeof part === 'string' || typeof part === 'number'))
      return argument[1].join(String(argument[0]));
  if (name === 'Fn::Split' && Array.isArray(argument) && typeof argument[1] === 'string')
    return argument[1].split(String(argument[0]));
  if (name === 'Fn::Select' && Array.isArray(argument) && Array.isArray(argument[1]))
    return argument[1][Number(argument[0])];
  return { [name]: argument };
}

/** Whom each resource must wait for: what it mentions and what it names in DependsOn. */
export function dependencies(template: Template): Map<string, ReadonlySet<string>> {
  const names = new Set(Object.keys(template.Resources));
  return new Map(
    Object.entries(template.Resources).map(([name, { Properties, DependsOn = [] }]) => {
      const mentioned = references(Properties).map((reference) => reference.name);
      const all = [...mentioned, ...(typeof DependsOn === 'string' ? [DependsOn] : DependsOn)];
      return [name, new Set(all.filter((other) => names.has(other) && other !== name))];
    }),
  );
}

/** The same, with what those wait for in turn. Throws where resources wait for each other. */
export function allDependencies(template: Template): Map<string, ReadonlySet<string>> {
  const direct = dependencies(template);
  const all = new Map<string, ReadonlySet<string>>();
  const visit = (name: string, path: readonly string[]): ReadonlySet<string> => {
    if (path.includes(name))
      throw validationError(`Circular dependency between resources: [${path.slice(path.indexOf(name)).join(', ')}]`);
    const known = all.get(name);
    if (known) return known;
    const found = new Set<string>();
    for (const other of direct.get(name) ?? []) {
      found.add(other);
      for (const further of visit(other, [...path, name])) found.add(further);
    }
    all.set(name, found);
    return found;
  };
  for (const name of direct.keys()) visit(name, []);
  return all;
}
