import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SnsRead, Subscription } from '../../src/clients/doors.ts';
import { takeSnapshot } from '../../src/steps/mailingListReading.ts';
import {
  type ListSnapshot,
  mergeSnapshots,
  mutedBy,
  mutePolicy,
  nameOf,
  parseSnapshot,
  repairsOf,
  type SavedSubscription,
  settableAttributes,
} from '../../src/steps/mailingListSnapshot.ts';

const saved = (endpoint: string, attributes: Record<string, string> = {}): SavedSubscription => ({
  subscriptionArn: `arn:aws:sns:us-east-1:123456789012:list:${endpoint}`,
  protocol: 'email',
  endpoint,
  owner: '123456789012',
  attributes,
});
const pending = (endpoint: string): SavedSubscription => ({
  ...saved(endpoint),
  subscriptionArn: 'PendingConfirmation',
});
const snapshot = (...subscriptions: SavedSubscription[]): ListSnapshot => ({
  version: 1,
  topicArn: 'arn:aws:sns:us-east-1:123456789012:list',
  takenAtMs: 0,
  subscriptions,
});

describe('a snapshot of the mailing list', () => {
  const sns = (lists: readonly (readonly Subscription[])[], attributes: Record<string, string> = {}): SnsRead => {
    let call = 0;
    return {
      findTopic: async () => undefined,
      listSubscriptions: async () => lists[Math.min(call++, lists.length - 1)] ?? [],
      subscriptionAttributes: async () => ({ ...attributes, EffectiveDeliveryPolicy: 'derived', TopicArn: 't' }),
    };
  };
  const list = (...endpoints: string[]) => endpoints.map((each) => saved(each));
  const { signal } = new AbortController();

  it('is taken when two readings agree, with what cannot be derived', async () => {
    const taken = await takeSnapshot(sns([list('a', 'b')], { RawMessageDelivery: 'true' }), 't', 5, { signal });
    expect(taken.subscriptions.map(nameOf)).toEqual(['email:a', 'email:b']);
    expect(taken.subscriptions[0]?.attributes).toEqual({ RawMessageDelivery: 'true' });
    expect(parseSnapshot(JSON.stringify(taken))).toEqual(taken);
  });

  it('is taken again where somebody subscribed between the readings', async () => {
    const taken = await takeSnapshot(sns([list('a'), list('a', 'b'), list('a', 'b')]), 't', 5, { signal });
    expect(taken.subscriptions).toHaveLength(2);
  });

  it('is refused where the list keeps changing', async () => {
    const lists = Array.from({ length: 6 }, (_, index) => list(...'abcdefg'.slice(0, index + 1)));
    await expect(takeSnapshot(sns(lists), 't', 5, { signal })).rejects.toThrow(/changed while it was read/);
  });

  it('of a thousand tells how far it is, and ends where nobody wants it any more', async () => {
    const thousand = list(...Array.from({ length: 1_000 }, (_, n) => `reader${n}`));
    const fractions: number[] = [];
    const progress = ({ fraction = 0 }) => void fractions.push(fraction);
    const taken = await takeSnapshot(sns([thousand]), 't', 5, { signal, progress });
    expect(taken.subscriptions).toHaveLength(1_000);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect([fractions.length, fractions.at(-1)]).toEqual([2_000, 1]);
    let reads = 0;
    const unlessCancelled = () => {
      reads += 1;
      if (reads > 100) throw new Error('cancelled');
    };
    await expect(takeSnapshot(sns([thousand]), 't', 5, { signal, unlessCancelled })).rejects.toThrow('cancelled');
    expect(reads).toBeLessThan(110);
  });

  it('takes whoever is on the list without a mark as it is now', () => {
    const older = snapshot(saved('a', { FilterPolicy: '{"x":["y"]}' }), saved('gone'), saved('asked'));
    const newer = snapshot(saved('a', { FilterPolicy: '{"x":["z"]}' }), pending('asked'));
    expect(mergeSnapshots(older, newer).subscriptions).toEqual([newer.subscriptions[0], saved('gone'), saved('asked')]);
  });

  it('keeps what it knew of a subscription that was silenced since, and takes in who is new', () => {
    const older = snapshot(saved('a', { FilterPolicy: '{"x":["y"]}' }));
    const newer = snapshot(saved('a', { FilterPolicy: mutePolicy('r1') }), saved('b'));
    expect(mergeSnapshots(older, newer).subscriptions).toEqual([older.subscriptions[0], saved('b')]);
  });
});

describe('what a list lacks of its snapshot', () => {
  it('is nothing where it is as it was', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.emailAddress()), (endpoints) => {
        const all = endpoints.map((each) => saved(each, { RawMessageDelivery: 'false' }));
        expect(repairsOf(snapshot(...all), all)).toEqual([]);
      }),
    );
  });

  it('is the filter policy that a mute replaced, or none', () => {
    const own = '{"kind":["alarm"]}';
    const repairs = repairsOf(snapshot(saved('a', { FilterPolicy: own }), saved('b')), [
      saved('a', { FilterPolicy: mutePolicy('r1'), FilterPolicyScope: 'MessageAttributes' }),
      saved('b', { FilterPolicy: mutePolicy('r1'), FilterPolicyScope: 'MessageAttributes' }),
    ]);
    expect(
      repairs.map((each) => (each.is === 'attribute' ? [each.saved.endpoint, each.name, each.value] : each)),
    ).toEqual([
      ['a', 'FilterPolicy', own],
      ['b', 'FilterPolicy', '{}'],
    ]);
  });

  it('takes an empty policy for none, and the same JSON for the same', () => {
    expect(repairsOf(snapshot(saved('a')), [saved('a', { FilterPolicy: '{}' })])).toEqual([]);
    const was = saved('a', { FilterPolicy: '{"a": ["x"], "b": ["y"]}' });
    expect(repairsOf(snapshot(was), [saved('a', { FilterPolicy: '{"b":["y"],"a":["x"]}' })])).toEqual([]);
  });

  it('is whoever was removed, and whoever has not confirmed again', () => {
    const repairs = repairsOf(snapshot(saved('gone'), saved('waits')), [pending('waits')]);
    expect(repairs.map(({ is, saved: { endpoint } }) => [is, endpoint])).toEqual([
      ['subscribe', 'gone'],
      ['pending', 'waits'],
    ]);
  });

  it('leaves alone who had not confirmed even then, and who came since', () => {
    expect(repairsOf(snapshot(pending('never')), [saved('new')])).toEqual([]);
  });

  it('re-subscribes with the attributes that can be set, and no empty ones', () => {
    const attributes = {
      FilterPolicy: '{}',
      FilterPolicyScope: 'MessageBody',
      RawMessageDelivery: 'false',
      RedrivePolicy: '{"deadLetterTargetArn":"x"}',
      ConfirmationWasAuthenticated: 'true',
    };
    expect(settableAttributes(saved('a', attributes))).toEqual({ RedrivePolicy: '{"deadLetterTargetArn":"x"}' });
    expect(settableAttributes(saved('a', { FilterPolicy: '{"a":["b"]}', FilterPolicyScope: 'MessageBody' }))).toEqual({
      FilterPolicy: '{"a":["b"]}',
      FilterPolicyScope: 'MessageBody',
    });
  });
});

describe('a mute', () => {
  it('tells the release that made it', () => {
    fc.assert(fc.property(fc.string(), (id) => mutedBy({ FilterPolicy: mutePolicy(id) }) === id));
  });

  it.each([undefined, '', '{}', 'null', '[]', '{"kind":["alarm"]}', '{ broken'])('is not %j', (policy) => {
    expect(mutedBy(policy === undefined ? {} : { FilterPolicy: policy })).toBeUndefined();
  });
});
