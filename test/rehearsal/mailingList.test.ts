import { expect, it } from 'vitest';
import { filterPolicyLimit, mailingList, OPERATOR } from '../../src/rehearsal/mailingList.ts';

const list = mailingList('123456789012', 'us-east-1');

it('is a list of 37, with the operator confirmed, two that never confirmed, and every protocol', () => {
  expect(list).toHaveLength(37);
  expect(list.filter(({ confirmed }) => !confirmed)).toHaveLength(2);
  expect(list.find(({ endpoint }) => endpoint === OPERATOR)).toMatchObject({ protocol: 'email', confirmed: true });
  expect(new Set(list.map(({ protocol }) => protocol))).toEqual(
    new Set(['email', 'email-json', 'sms', 'https', 'sqs']),
  );
  expect(new Set(list.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`)).size).toBe(37);
  const attributes = new Set(list.flatMap((one) => Object.keys(one.attributes ?? {})));
  expect(attributes).toEqual(
    new Set(['FilterPolicy', 'FilterPolicyScope', 'RawMessageDelivery', 'DeliveryPolicy', 'RedrivePolicy']),
  );
});

it('can be muted but for the fault that leaves no room for filter policies', () => {
  const confirmed = list.filter((one) => one.confirmed && one.endpoint !== OPERATOR).length;
  expect(filterPolicyLimit(new Set())).toBeGreaterThan(confirmed);
  expect(filterPolicyLimit(new Set(['pending-email']))).toBeLessThan(confirmed);
});
