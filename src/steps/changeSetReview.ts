import { createHash } from 'node:crypto';
import type { ChangeSet, ResourceChange, ResourceChangeDetail } from '../clients/doors.ts';
import { canonicalJson } from '../text/json.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import { isSecretName, MASK } from '../text/secret.ts';
import { DATA_HOLDING, isKnownType, LOAD_BALANCER_TYPES, PUBLIC_RECORD, RECORD_TYPES, STORES } from './dangerTypes.ts';
import type { Danger, ReviewedChange, ReviewSubject } from './kind.ts';
import { isUsual } from './usualChanges.ts';

/** What a change set would do, judged. */
export interface ClassifiedChangeSet {
  readonly subject: ReviewSubject;
  /** Binds an approval to exactly this list. */
  readonly hash: string;
  /** Logical ids of the dangers: each must be typed before it can be approved. */
  readonly mustType: readonly string[];
}

export interface ClassifyInput {
  readonly config: string;
  readonly changeSet: ChangeSet;
  /** `api.theboss.io`. */
  readonly publicHost: string;
  readonly title: string;
  /** What is known besides the changes: predicted failures. */
  readonly findings?: readonly Danger[];
}

/** Judges every change of a change set by the rules of data-holding types, danger first. Pure. */
export function classifyChangeSet({
  config,
  changeSet,
  publicHost,
  title,
  findings = [],
}: ClassifyInput): ClassifiedChangeSet {
  const changes = changeSet.changes
    .map((change) => reviewed(config, publicHost, change))
    .sort((a, b) => RANK[a.level] - RANK[b.level] || compare(a.logicalResourceId, b.logicalResourceId));
  return {
    subject: {
      title,
      changeSetArn: changeSet.changeSetId,
      stackName: changeSet.stackName,
      changes,
      findings: [...findings, ...indexFindings(changeSet), ...expressFindings(changeSet)],
    },
    hash: changeSetHash(changeSet.changes),
    mustType: [...new Set(changes.filter(({ level }) => level === 'danger').map((change) => change.logicalResourceId))],
  };
}

/** In this mode a stack's end says nothing of what is in it (CloudFormation, "Deployment modes"). */
const expressFindings = ({ deploymentMode }: ChangeSet): readonly Danger[] =>
  deploymentMode === 'EXPRESS'
    ? [
        {
          id: 'express',
          level: 'warn',
          text: 'It is made in EXPRESS mode: the stack is told complete before its resources are ready, and no status proves that they are.',
        },
      ]
    : [];

const RANK = { danger: 0, warn: 1, safe: 2 } as const;
type Level = keyof typeof RANK;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** sha256 of the full list of changes, whatever its order, without property values. */
export function changeSetHash(changes: readonly ResourceChange[]): string {
  const list = changes
    .map(({ details, scope, ...change }) =>
      canonicalJson({
        ...change,
        scope: [...scope].sort(compare),
        details: details.map(({ before: _before, after: _after, ...detail }) => canonicalJson(detail)).sort(compare),
      }),
    )
    .sort(compare);
  return createHash('sha256').update(canonicalJson(list)).digest('hex');
}

function reviewed(config: string, publicHost: string, change: ResourceChange): ReviewedChange {
  const usual = !change.nestedIn && isUsual(config, change);
  const judged = judge(config, publicHost, change);
  // A usual replacement is a warning at most.
  const isTamed = usual && judged.level === 'danger';
  const level = isTamed ? 'warn' : judged.level;
  const why = isTamed && change.replacement === 'True' ? 'it is replaced' : judged.reason;
  return {
    level,
    usual,
    action: change.action,
    logicalResourceId: sanitiseLine(pathOf(change)),
    physicalResourceId: sanitiseLine(change.physicalResourceId ?? ''),
    resourceType: sanitiseLine(change.resourceType),
    replacement: sanitiseLine(change.replacement ?? ''),
    policyAction: sanitiseLine(change.policyAction ?? ''),
    reason: usual ? `usual in a release${why ? `: ${why}` : ''}` : why,
    details: change.details.map(detailLine),
  };
}

/** `Network/Table`: the logical id, after those of the nested stacks that the resource is in. */
export const pathOf = ({ nestedIn = [], logicalResourceId }: ResourceChange): string =>
  [...nestedIn, logicalResourceId].join('/');

interface Judged {
  readonly level: Level;
  readonly reason: string;
}

/** The first rule that applies decides; dangers stand before warnings. */
function judge(config: string, publicHost: string, change: ResourceChange): Judged {
  const rule = RULES.find(({ when }) => when(change, { config, publicHost }));
  return rule ? { level: rule.level, reason: rule.reason } : { level: 'safe', reason: '' };
}

interface Rule {
  readonly level: Level;
  readonly reason: string;
  when(change: ResourceChange, place: { readonly config: string; readonly publicHost: string }): boolean;
}

const ACTIONS = ['Add', 'Modify', 'Remove', 'Import', 'Dynamic', 'SyncWithActual'];
/** What becomes of a resource where AWS does not say it of the whole: as its properties have it. */
function replacementOf({ replacement, details }: ResourceChange): string | undefined {
  if (replacement !== undefined) return replacement;
  if (details.some(({ requiresRecreation }) => requiresRecreation === 'Always')) return 'True';
  return details.some(({ requiresRecreation }) => requiresRecreation === 'Conditionally') ? 'Conditional' : undefined;
}

const holdsData = (change: ResourceChange) => DATA_HOLDING.has(change.resourceType);
const KNOWN_POLICIES = ['Delete', 'Retain', 'Snapshot', 'ReplaceAndDelete', 'ReplaceAndRetain', 'ReplaceAndSnapshot'];
const isDynamic = (change: ResourceChange) =>
  change.action === 'Dynamic' || change.details.some(({ evaluation }) => evaluation === 'Dynamic');
const isKnownAfterApply = (change: ResourceChange) =>
  change.details.some(({ before, after }) =>
    [before, after].some((value) => /known[ _]after[ _]apply/i.test(value ?? '')),
  );

/** Source: the rules of change sets, from cfn-lint's stateful types and CloudFormation's PolicyAction. */
const RULES: readonly Rule[] = [
  {
    level: 'danger',
    reason: 'the public name would change: maintenance may end in the middle of the update',
    when: (change, { publicHost }) =>
      RECORD_TYPES.has(change.resourceType) &&
      (change.logicalResourceId === PUBLIC_RECORD || hostOf(change.physicalResourceId) === publicHost),
  },
  {
    level: 'danger',
    reason: "the API's load balancer would change: maintenance may end in the middle of the update",
    when: (change, { config }) => config === 'api' && LOAD_BALANCER_TYPES.has(change.resourceType),
  },
  {
    level: 'danger',
    reason: 'it holds data and would be deleted',
    when: (change) =>
      holdsData(change) &&
      ((change.action === 'Remove' && change.policyAction !== 'Retain') || change.policyAction === 'Delete'),
  },
  {
    level: 'danger',
    reason: 'it holds data and would be replaced by an empty one',
    when: (change) =>
      holdsData(change) &&
      (change.policyAction === 'ReplaceAndDelete' ||
        (replacementOf(change) === 'True' && !KNOWN_POLICIES.includes(change.policyAction ?? ''))),
  },
  {
    level: 'danger',
    reason: 'it holds data and may be replaced by an empty one, which AWS decides while it updates',
    when: (change) => replacementOf(change) === 'Conditional' && STORES.has(change.resourceType),
  },
  {
    level: 'danger',
    reason: 'AWS names what happens to it in a way that is not known here',
    when: (change) => !ACTIONS.includes(change.action),
  },
  {
    level: 'warn',
    reason: 'it leaves the stack; what it holds is retained',
    when: (change) => holdsData(change) && change.action === 'Remove',
  },
  {
    level: 'warn',
    reason: 'a snapshot is taken, and the resource goes',
    when: (change) => /Snapshot$/.test(change.policyAction ?? ''),
  },
  {
    level: 'warn',
    reason: 'it holds data and is replaced by an empty one; the old one is retained outside the stack',
    when: (change) =>
      holdsData(change) && (replacementOf(change) === 'True' || change.policyAction === 'ReplaceAndRetain'),
  },
  {
    level: 'warn',
    reason: 'a nested stack changes, and no change set of its own tells how',
    when: (change) =>
      change.resourceType === 'AWS::CloudFormation::Stack' &&
      change.action === 'Modify' &&
      change.nestedChangeSetId === undefined,
  },
  {
    level: 'warn',
    reason: 'this type is not known here',
    when: (change) => !isKnownType(change.resourceType),
  },
  {
    level: 'warn',
    reason: 'it may be replaced, which AWS decides while it updates',
    when: (change) => replacementOf(change) === 'Conditional',
  },
  { level: 'warn', reason: 'what it becomes is known only while it updates', when: isDynamic },
  { level: 'warn', reason: 'its value is known only after the update', when: isKnownAfterApply },
  {
    level: 'warn',
    reason: 'it is replaced',
    when: (change, { config }) => change.replacement === 'True' && !change.nestedIn && isUsual(config, change),
  },
];

const hostOf = (name: string | undefined) => name?.replace(/\.$/, '').toLowerCase();

/** `Properties.ImageId: ami-1 → ami-2`; values under secrets' names are masked. */
function detailLine(detail: ResourceChangeDetail): string {
  const path = detail.path?.replace(/^\//, '').replaceAll('/', '.');
  const where = path || [detail.attribute, detail.name].filter(Boolean).join('.');
  const [before, after] = isSecretName(where)
    ? [detail.before && MASK, detail.after && MASK]
    : shortened(detail.before, detail.after);
  const values = before === undefined && after === undefined ? '' : `: ${before ?? '–'} → ${after ?? '–'}`;
  const cause = detail.causingEntity ? ` (by ${detail.causingEntity})` : '';
  const recreation =
    detail.requiresRecreation && detail.requiresRecreation !== 'Never'
      ? ` [recreation ${detail.requiresRecreation}]`
      : '';
  return sanitiseLine(`${where}${values}${cause}${recreation}`);
}

const LONGEST_VALUE = 120;
/** What is kept of the part that both values share, before they differ. */
const SHARED = 24;

/** Two values cut to what can be read, around the place where they differ. */
function shortened(before: string | undefined, after: string | undefined): readonly (string | undefined)[] {
  let same = 0;
  while (before && after && same < before.length && before[same] === after[same]) same += 1;
  return [before, after].map((text) => {
    if (text === undefined || text.length <= LONGEST_VALUE) return text;
    const from = Math.max(0, same - SHARED);
    return `${from > 0 ? '…' : ''}${text.slice(from, from + LONGEST_VALUE)}${from + LONGEST_VALUE < text.length ? '…' : ''}`;
  });
}

/** Tables of which one update would create or delete more than one index, told by the property's values. */
function indexFindings(changeSet: ChangeSet): readonly Danger[] {
  return changeSet.changes.flatMap(({ logicalResourceId, resourceType, details }) => {
    if (resourceType !== 'AWS::DynamoDB::Table') return [];
    const detail = details.find(({ name, before, after }) => name === 'GlobalSecondaryIndexes' && (before ?? after));
    if (!detail) return [];
    const changed = symmetricDifference(indexNames(detail.before), indexNames(detail.after));
    return changed.length > 1 ? [twoIndexesDanger(logicalResourceId, changed)] : [];
  });
}

const symmetricDifference = (a: readonly string[], b: readonly string[]) => [
  ...a.filter((name) => !b.includes(name)),
  ...b.filter((name) => !a.includes(name)),
];

/** Names in a GlobalSecondaryIndexes property given as JSON; none where it cannot be read. */
function indexNames(json: string | undefined): readonly string[] {
  try {
    return namesOfIndexes(JSON.parse(json ?? '[]'));
  } catch {
    return [];
  }
}

/** `IndexName` of each index of a table's property. */
export function namesOfIndexes(property: unknown): readonly string[] {
  if (!Array.isArray(property)) return [];
  return property.flatMap((index: unknown) =>
    typeof index === 'object' && index !== null && 'IndexName' in index && typeof index.IndexName === 'string'
      ? [index.IndexName]
      : [],
  );
}

/** DynamoDB: "Cannot perform more than one GSI creation or deletion in a single update". */
export const twoIndexesDanger = (logicalResourceId: string, indexNames: readonly string[]): Danger => ({
  id: `indexes:${logicalResourceId}`,
  level: 'danger',
  text: `${logicalResourceId} would create or delete ${indexNames.length} indexes at once (${indexNames.join(', ')}); DynamoDB takes one an update, so this update would fail.`,
});
