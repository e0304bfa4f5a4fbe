import { canonicalJson } from '../../../text/json.ts';

import { type Leaf, leaves } from './leaves.ts';
import { type Recreation, recreation } from './recreation.ts';
import { isRecord, type Lookup, references, resolve } from './references.ts';
import type { Blueprint, Definition, Resource } from './stack.ts';
import { parameterLookup, parameterValues } from './template.ts';

export type Replacement = 'True' | 'False' | 'Conditional';

/** One reason why a resource changes. */
export interface ChangeDetail {
  readonly attribute: string;
  /** Of a property. */
  readonly name: string | undefined;
  readonly requiresRecreation: Recreation;
  readonly evaluation: 'Static' | 'Dynamic';
  readonly changeSource: 'DirectModification' | 'ParameterReference' | 'ResourceReference' | 'ResourceAttribute';
  readonly causingEntity: string | undefined;
  readonly leaf: Leaf | undefined;
}

/** One row of a change set. */
export interface PlannedChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalResourceId: string;
  readonly physicalResourceId: string | undefined;
  readonly resourceType: string;
  readonly replacement: Replacement | undefined;
  readonly policyAction: string | undefined;
  readonly scope: readonly string[];
  readonly details: readonly ChangeDetail[];
  /** JSON of the resource's properties before and after. */
  readonly beforeContext: string | undefined;
  readonly afterContext: string | undefined;
}

/** Both sides of a change. */
export interface DiffInput {
  readonly before: Blueprint | undefined;
  readonly after: Blueprint;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly pseudo: Readonly<Record<string, string>>;
}

/** Stands for what is known only once the change is made. */
const KNOWN_AFTER_APPLY = '{{changeSet:KNOWN_AFTER_APPLY}}';
/** Attributes of a resource beside its properties whose change CloudFormation reports. */
const ATTRIBUTES = ['Metadata', 'CreationPolicy', 'UpdatePolicy', 'DeletionPolicy', 'UpdateReplacePolicy'] as const;
/** Where nothing is said, CloudFormation keeps a snapshot of a cluster, and of an instance that is in none. */
const isSnapshotByDefault = ({ Type, Properties }: Definition): boolean =>
  Type === 'AWS::RDS::DBCluster' || (Type === 'AWS::RDS::DBInstance' && Properties?.DBClusterIdentifier === undefined);

/** What a change set says of going from one blueprint to another, in the order of logical ids. */
export function diff(input: DiffInput): readonly PlannedChange[] {
  const before: Definitions = input.before?.template.Resources ?? {};
  const after: Definitions = input.after.template.Resources;
  const details = detailsOf(input, before, after);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [old, next] = [before[name], after[name]];
    if (old && next) return details.get(name)?.length ? [modified(input, name, next, details)] : [];
    if (next) return [added(input, name, next)];
    return old ? [removed(input, name, old)] : [];
  });
}

/** The heaviest of a resource's details decides. */
export const replacementOf = (details: readonly ChangeDetail[]): Replacement =>
  details.some(({ requiresRecreation, evaluation }) => requiresRecreation === 'Always' && evaluation === 'Static')
    ? 'True'
    : details.some(({ requiresRecreation }) => requiresRecreation !== 'Never')
      ? 'Conditional'
      : 'False';

type Definitions = Readonly<Record<string, Definition>>;

/** The details of each resource that is on both sides, those included that follow from another's replacement. */
function detailsOf(input: DiffInput, before: Definitions, after: Definitions): Map<string, ChangeDetail[]> {
  const details = new Map<string, ChangeDetail[]>();
  for (const [name, next] of Object.entries(after)) {
    const old = before[name];
    if (old) details.set(name, [...propertyDetails(input, old, next), ...attributeDetails(old, next)]);
  }
  let grown = true;
  while (grown) {
    grown = false;
    for (const [name, own] of details) {
      const further = dynamicDetails(details, after[name]!, own);
      own.push(...further);
      grown ||= further.length > 0;
    }
  }
  return details;
}

function propertyDetails({ before, after, pseudo }: DiffInput, old: Definition, next: Definition): ChangeDetail[] {
  if (!before) return [];
  const oldLookup = parameterLookup(before, pseudo);
  const newLookup = parameterLookup(after, pseudo);
  const changedParameters = changedNames(parameterValues(before), parameterValues(after));
  const names = new Set([...Object.keys(old.Properties ?? {}), ...Object.keys(next.Properties ?? {})]);
  return [...names].flatMap((name) => {
    const [rawOld, rawNew] = [old.Properties?.[name], next.Properties?.[name]];
    const [oldValue, newValue] = [resolve(rawOld, oldLookup), resolve(rawNew, newLookup)];
    const changed = leaves(`/Properties/${name}`, oldValue, newValue);
    if (changed.length === 0) return [];
    const base = {
      attribute: 'Properties',
      name,
      requiresRecreation: recreation(next.Type, name, oldValue, newValue),
    } as const;
    const causes =
      canonicalJson(rawOld) === canonicalJson(rawNew)
        ? references(rawNew).filter((reference) => changedParameters.has(reference.name))
        : [];
    return [
      // A change that comes through a parameter is told twice: once for the parameter, once for the property.
      ...causes.map((cause) => ({
        ...base,
        evaluation: 'Static' as const,
        changeSource: 'ParameterReference' as const,
        causingEntity: cause.name,
        leaf: changed[0],
      })),
      ...changed.map((leaf) => ({
        ...base,
        evaluation: causes.length > 0 ? ('Dynamic' as const) : ('Static' as const),
        changeSource: 'DirectModification' as const,
        causingEntity: undefined,
        leaf,
      })),
    ];
  });
}

const changedNames = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
  new Set([...Object.keys(before), ...Object.keys(after)].filter((name) => before[name] !== after[name]));

const attributeDetails = (old: Definition, next: Definition): ChangeDetail[] =>
  ATTRIBUTES.flatMap((attribute) =>
    leaves(`/${attribute}`, old[attribute], next[attribute])
      .slice(0, 1)
      .map((leaf) => ({
        attribute,
        name: undefined,
        requiresRecreation: 'Never' as const,
        evaluation: 'Static' as const,
        changeSource: 'DirectModification' as const,
        causingEntity: undefined,
        leaf,
      })),
  );

/** What a resource gains because something that it mentions will, or may, have another physical id. */
function dynamicDetails(
  details: ReadonlyMap<string, readonly ChangeDetail[]>,
  next: Definition,
  known: readonly ChangeDetail[],
): ChangeDetail[] {
  return Object.entries(next.Properties ?? {}).flatMap(([name, value]) =>
    references(value)
      .filter((reference) => replacementOf(details.get(reference.name) ?? []) !== 'False')
      .map((reference) => ({
        attribute: 'Properties',
        name,
        requiresRecreation: recreation(next.Type, name, value, value),
        evaluation: 'Dynamic' as const,
        changeSource:
          reference.attribute === undefined ? ('ResourceReference' as const) : ('ResourceAttribute' as const),
        causingEntity: reference.attribute === undefined ? reference.name : `${reference.name}.${reference.attribute}`,
        leaf: undefined,
      }))
      .filter((detail) => !known.some((other) => other.name === name && other.causingEntity === detail.causingEntity)),
  );
}

function modified(
  input: DiffInput,
  name: string,
  next: Definition,
  details: ReadonlyMap<string, readonly ChangeDetail[]>,
): PlannedChange {
  const own = details.get(name) ?? [];
  const replacement = replacementOf(own);
  const resource = input.resources.get(name);
  const policy = next.UpdateReplacePolicy ?? 'Delete';
  return {
    action: 'Modify',
    logicalResourceId: name,
    physicalResourceId: resource?.physicalResourceId,
    resourceType: next.Type,
    replacement,
    policyAction: replacement === 'True' ? `ReplaceAnd${policy}` : undefined,
    scope: [...new Set(own.map(({ attribute }) => attribute))],
    details: own,
    beforeContext: contextOf(resource?.definition, resource?.properties),
    afterContext: contextOf(next, resolve(next.Properties ?? {}, afterLookup(input, details))),
  };
}

const added = (input: DiffInput, name: string, next: Definition): PlannedChange => ({
  action: 'Add',
  logicalResourceId: name,
  physicalResourceId: undefined,
  resourceType: next.Type,
  replacement: undefined,
  policyAction: undefined,
  scope: [],
  details: [],
  beforeContext: undefined,
  afterContext: contextOf(next, resolve(next.Properties ?? {}, afterLookup(input, new Map()))),
});

const removed = (input: DiffInput, name: string, old: Definition): PlannedChange => ({
  action: 'Remove',
  logicalResourceId: name,
  physicalResourceId: input.resources.get(name)?.physicalResourceId,
  resourceType: old.Type,
  replacement: undefined,
  policyAction: old.DeletionPolicy ?? (isSnapshotByDefault(old) ? 'Snapshot' : 'Delete'),
  scope: [],
  details: [],
  beforeContext: contextOf(old, input.resources.get(name)?.properties),
  afterContext: undefined,
});

/** Parameters, and physical ids of what stays; all else is known only afterwards. */
function afterLookup(input: DiffInput, details: ReadonlyMap<string, readonly ChangeDetail[]>): Lookup {
  const parameters = parameterLookup(input.after, input.pseudo);
  return (reference) => {
    const value = parameters(reference);
    if (value !== undefined) return value;
    const resource = input.resources.get(reference.name);
    const stays = resource && replacementOf(details.get(reference.name) ?? []) === 'False';
    return stays && reference.attribute === undefined ? resource.physicalResourceId : KNOWN_AFTER_APPLY;
  };
}

function contextOf(definition: Definition | undefined, properties: unknown): string | undefined {
  if (!definition || !isRecord(properties)) return undefined;
  const attributes = Object.fromEntries(
    ATTRIBUTES.flatMap((name) => (definition[name] === undefined ? [] : [[name, definition[name]]])),
  );
  return JSON.stringify({ Properties: properties, ...attributes });
}
