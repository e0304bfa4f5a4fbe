import * as z from 'zod';
import type { Subscription } from '../clients/doors.ts';
import { canonicalJson } from '../text/json.ts';

/** What a subscription is made of beside protocol, endpoint and owner. `Effective*` attributes are derived from these. */
export const SAVED_ATTRIBUTES = [
  'FilterPolicyScope',
  'FilterPolicy',
  'RawMessageDelivery',
  'RedrivePolicy',
  'DeliveryPolicy',
  'SubscriptionRoleArn',
  'ReplayPolicy',
  'ConfirmationWasAuthenticated',
] as const;
/** Those that can be given back; whether a confirmation was authenticated is only told. */
const SETTABLE: readonly string[] = SAVED_ATTRIBUTES.filter((name) => name !== 'ConfirmationWasAuthenticated');

const subscriptionSchema = z.object({
  subscriptionArn: z.string(),
  protocol: z.string(),
  endpoint: z.string(),
  owner: z.string(),
  attributes: z.record(z.string(), z.string()),
});
const snapshotSchema = z.object({
  version: z.literal(1),
  topicArn: z.string(),
  takenAtMs: z.number(),
  subscriptions: z.array(subscriptionSchema),
});
export type SavedSubscription = Readonly<z.infer<typeof subscriptionSchema>>;
/** A topic's whole list as it was at one time. */
export type ListSnapshot = Readonly<z.infer<typeof snapshotSchema>>;

/** An unconfirmed or deleted subscription has a word in place of its ARN: neither can be changed. */
export const hasArn = ({ subscriptionArn }: Pick<Subscription, 'subscriptionArn'>): boolean =>
  subscriptionArn.startsWith('arn:');

/** What names a subscription over its life: a re-subscribed one has another ARN. A URL names its protocol itself. */
export const nameOf = ({ protocol, endpoint }: Pick<Subscription, 'protocol' | 'endpoint'>): string =>
  endpoint.startsWith(`${protocol}:`) ? endpoint : `${protocol}:${endpoint}`;

/** Parses a kept snapshot. Throws one sentence where it is none. */
export function parseSnapshot(text: string): ListSnapshot {
  const parsed = snapshotSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`The snapshot of the mailing list cannot be read: ${parsed.error.issues[0]?.message}.`);
}

/**
 * An older snapshot brought up to date: who subscribed since is taken in, and whoever is on the list without a mark is
 * taken as it is now. Of whoever is muted, removed or has not confirmed again, what the older one knows is kept.
 */
export function mergeSnapshots(older: ListSnapshot, newer: ListSnapshot): ListSnapshot {
  const now = new Map(newer.subscriptions.map((each) => [nameOf(each), each]));
  const known = older.subscriptions.map((each) => {
    const live = now.get(nameOf(each));
    return live && hasArn(live) && mutedBy(live.attributes) === undefined ? live : each;
  });
  const names = new Set(known.map(nameOf));
  const added = newer.subscriptions.filter((each) => !names.has(nameOf(each)));
  return { ...older, subscriptions: [...known, ...added] };
}

/** Marks a muted subscription; no message carries such an attribute, so the policy matches none. */
const MUTE_MARK = 'boss-tui-muted';
export const mutePolicy = (releaseId: string): string => JSON.stringify({ [MUTE_MARK]: [releaseId] });

/** The release that muted a subscription, told by its filter policy. */
export function mutedBy(attributes: Readonly<Record<string, string>>): string | undefined {
  try {
    const policy: unknown = JSON.parse(attributes.FilterPolicy ?? 'null');
    if (typeof policy !== 'object' || policy === null || !(MUTE_MARK in policy)) return undefined;
    const [id] = Array.isArray(policy[MUTE_MARK]) ? policy[MUTE_MARK] : [];
    return typeof id === 'string' ? id : 'unknown';
  } catch {
    return undefined;
  }
}

/** A filter policy counts against the topic's limit; an empty one is none. */
export const hasFilterPolicy = ({ attributes }: Pick<SavedSubscription, 'attributes'>): boolean =>
  !isNoPolicy(attributes.FilterPolicy);
const isNoPolicy = (policy: string | undefined) =>
  policy === undefined || policy.trim() === '' || policy.trim() === '{}';

/** What a subscription needs to be again as it was. */
export type Repair =
  | { readonly is: 'subscribe'; readonly saved: SavedSubscription }
  | {
      readonly is: 'attribute';
      readonly saved: SavedSubscription;
      readonly arn: string;
      readonly name: string;
      readonly value: string;
    }
  /** It was subscribed again and waits for its owner's confirmation. */
  | { readonly is: 'pending'; readonly saved: SavedSubscription };

/** What the list lacks of its snapshot. Whoever had not confirmed then is not our doing, and is left alone. Pure. */
export function repairsOf(snapshot: ListSnapshot, live: readonly SavedSubscription[]): readonly Repair[] {
  const byName = new Map(live.map((each) => [nameOf(each), each]));
  return snapshot.subscriptions.filter(hasArn).flatMap((saved): readonly Repair[] => {
    const now = byName.get(nameOf(saved));
    if (!now) return [{ is: 'subscribe', saved }];
    if (!hasArn(now)) return [{ is: 'pending', saved }];
    return SETTABLE.flatMap((name): readonly Repair[] => {
      const [was, is] = [saved.attributes[name], now.attributes[name]];
      if (sameAttribute(name, was, is)) return [];
      return [{ is: 'attribute', saved, arn: now.subscriptionArn, name, value: was ?? DEFAULTS[name] ?? '' }];
    });
  });
}

/** What an attribute is set to where the snapshot has none. SNS drops a filter policy that is an empty object. */
const DEFAULTS: Readonly<Record<string, string>> = { FilterPolicy: '{}', RawMessageDelivery: 'false' };

function sameAttribute(name: string, was: string | undefined, is: string | undefined): boolean {
  if (name === 'FilterPolicy') return isNoPolicy(was) ? isNoPolicy(is) : sameJson(was, is);
  // Without a filter policy its scope says nothing, and SNS shows its default or leaves it out.
  if (name === 'FilterPolicyScope') return was === undefined || was === is;
  if (name === 'RawMessageDelivery') return (was ?? 'false') === (is ?? 'false');
  return was === undefined || sameJson(was, is);
}

function sameJson(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  try {
    return canonicalJson(JSON.parse(a ?? 'null')) === canonicalJson(JSON.parse(b ?? 'null'));
  } catch {
    return false;
  }
}

/** The attributes that a re-subscription is made with. */
export const settableAttributes = ({ attributes }: SavedSubscription): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(attributes).filter(
      ([name, value]) =>
        SETTABLE.includes(name) &&
        !(name === 'FilterPolicy' && isNoPolicy(value)) &&
        !(name === 'FilterPolicyScope' && isNoPolicy(attributes.FilterPolicy)) &&
        !(name === 'RawMessageDelivery' && value === 'false'),
    ),
  );
