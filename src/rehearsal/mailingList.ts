import type { Clock } from '../clock.ts';
import type { AwsWorld, SeedSubscription } from './contract.ts';
import type { FaultName } from './faults.ts';

/** The operator's own address, which always stays on the list. */
export const OPERATOR = 'operator@example.org';

/** How many subscriptions of a topic may carry a filter policy: AWS' default, and one under which muting is impossible. */
const FILTER_POLICY_LIMIT = 200;
const SCARCE_FILTER_POLICY_LIMIT = 5;

export const filterPolicyLimit = (faults: ReadonlySet<FaultName>): number =>
  faults.has('pending-email') ? SCARCE_FILTER_POLICY_LIMIT : FILTER_POLICY_LIMIT;

/** People by e-mail; the first two never open a mail that asks them to confirm. */
const READERS = [
  'ada.on.leave',
  'old-shared-mailbox',
  'amara.okafor',
  'ben.lindqvist',
  'chiara.rossi',
  'dmitri.volkov',
  'elena.petrova',
  'farid.haddad',
  'grace.nakamura',
  'henrik.olsen',
  'ines.carvalho',
  'jonas.weber',
  'keiko.tanaka',
  'liam.byrne',
  'maya.patel',
  'nils.berg',
  'oluwaseun.ade',
  'priya.raman',
  'quentin.moreau',
  'rosa.jimenez',
  'sven.larsen',
  'tomasz.nowak',
].map((name) => `${name}@example.org`);
const NEVER_CONFIRM: ReadonlySet<string> = new Set(READERS.slice(0, 2));

/** Protocols whose other end must confirm a subscription; SMS and queues of one's own account need not. */
const CONFIRMING: ReadonlySet<string> = new Set(['email', 'email-json', 'http', 'https']);

interface Kind {
  readonly protocol: string;
  readonly endpoints: readonly string[];
  readonly confirmed?: false;
  /** By endpoint, for those that have any. */
  readonly attributes?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const severe = JSON.stringify({ severity: ['high', 'critical'] });

function kinds(accountId: string, region: string): readonly Kind[] {
  const queue = (name: string) => `arn:aws:sqs:${region}:${accountId}:${name}`;
  return [
    { protocol: 'email', endpoints: [OPERATOR] },
    {
      protocol: 'email',
      endpoints: READERS,
      attributes: { 'grace.nakamura@example.org': { FilterPolicy: severe, FilterPolicyScope: 'MessageAttributes' } },
    },
    { protocol: 'email', endpoints: ['new.colleague@example.org', 'mistyped@exmaple.org'], confirmed: false },
    { protocol: 'email-json', endpoints: ['archive@example.org', 'tickets@example.org', 'audit@example.org'] },
    { protocol: 'sms', endpoints: ['+14105550101', '+14105550122', '+14435550137', '+14435550190'] },
    {
      protocol: 'https',
      endpoints: [
        'https://pager.example.org/sns',
        'https://chat.example.org/hooks/boss',
        'https://status.example.org/in',
      ],
      attributes: {
        'https://chat.example.org/hooks/boss': { RawMessageDelivery: 'true' },
        'https://pager.example.org/sns': {
          FilterPolicy: JSON.stringify({ source: ['vaultMonitor', { prefix: 'endpoint' }] }),
          DeliveryPolicy: JSON.stringify({ healthyRetryPolicy: { numRetries: 5 } }),
        },
      },
    },
    {
      protocol: 'sqs',
      endpoints: [queue('alert-archive'), queue('alert-metrics')],
      attributes: {
        [queue('alert-archive')]: {
          RawMessageDelivery: 'true',
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queue('alert-archive-dead') }),
        },
      },
    },
  ];
}

/** The 37 subscriptions of the list, two of which were never confirmed. */
export const mailingList = (accountId: string, region: string): readonly SeedSubscription[] =>
  kinds(accountId, region).flatMap((kind) =>
    kind.endpoints.map((endpoint) => ({
      protocol: kind.protocol,
      endpoint,
      owner: accountId,
      confirmed: kind.confirmed ?? true,
      ...(kind.attributes?.[endpoint] ? { attributes: kind.attributes[endpoint] } : {}),
    })),
  );

/** Soonest and latest that somebody opens the mail, in clock milliseconds. */
const SOONEST_MS = 90_000;
const LATEST_MS = 9 * 60_000;
const LOOK_EVERY_MS = 15_000;
const SHORTEST_REAL_LOOK_MS = 100;

/** A share from 0 to 1 that stays the same for an address. */
const patienceOf = (endpoint: string): number =>
  ([...endpoint].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 997, 7) % 100) / 100;

/**
 * The people of the list: whoever had confirmed before and is asked again does so some clock minutes later, but for
 * two where `twoNeverDo`. Runs until the signal is aborted.
 */
export async function confirmLikePeople(options: {
  readonly aws: AwsWorld;
  readonly topicArn: string;
  readonly clock: Clock;
  readonly twoNeverDo: boolean;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { aws, topicArn, clock, signal } = options;
  const keyOf = ({ protocol, endpoint }: SeedSubscription) => `${protocol} ${endpoint}`;
  const willing = new Set(
    aws
      .subscriptions(topicArn)
      .filter(({ protocol, confirmed }) => CONFIRMING.has(protocol) && confirmed)
      .filter(({ endpoint }) => !(options.twoNeverDo && NEVER_CONFIRM.has(endpoint)))
      .map(keyOf),
  );
  const askedAtMs = new Map<string, number>();
  while (!signal.aborted) {
    for (const subscription of aws.subscriptions(topicArn)) {
      const key = keyOf(subscription);
      if (subscription.confirmed || !willing.has(key)) {
        askedAtMs.delete(key);
        continue;
      }
      const sinceMs = askedAtMs.get(key) ?? clock.now();
      askedAtMs.set(key, sinceMs);
      const delayMs = SOONEST_MS + patienceOf(subscription.endpoint) * (LATEST_MS - SOONEST_MS);
      if (clock.now() >= sinceMs + delayMs)
        aws.confirmSubscription(topicArn, subscription.protocol, subscription.endpoint);
    }
    const waitMs = Math.max(LOOK_EVERY_MS, SHORTEST_REAL_LOOK_MS * clock.speed);
    await clock.sleep(waitMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
