import { CloudFormationClient, DescribeChangeSetCommand } from '@aws-sdk/client-cloudformation';
import { expect, it } from 'vitest';
import { lineText } from '../../components/line.tsx';
import { contentOf } from '../../panes/dialogContent.ts';
import { createAws } from '../../src/clients/aws/aws.ts';
import type { ChangeSet } from '../../src/clients/doors.ts';
import { createClock } from '../../src/clock.ts';
import { createDispatcher, SEEN_MS } from '../../src/keys/dispatch.ts';
import { createAwsWorld } from '../../src/rehearsal/aws/aws.ts';
import type { Template } from '../../src/rehearsal/contract.ts';
import { classifyChangeSet } from '../../src/steps/changeSetReview.ts';
import { dialogOf, dialogReading } from '../../src/store/dialog.ts';
import type { Store } from '../../src/store/store.ts';
import { noteController, reviewState } from '../support/states.ts';
import { until } from '../support/until.ts';

const ACCOUNT = '123456789012';
const STACK = 'ApiProductionBoss';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' };

const queues = (count: number, delay: number): Template['Resources'] =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `A${String(index).padStart(3, '0')}`,
      { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: delay } },
    ]),
  );
/** Its last logical id: of three pages it is on the third. */
const table = (key: string): Template['Resources'] => ({
  Zoo: { Type: 'AWS::DynamoDB::Table', Properties: { KeySchema: [{ AttributeName: key, KeyType: 'HASH' }] } },
});
const nestedStack = (url: string): Template['Resources'] => ({
  Network: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: url } },
});

/** What the world makes of 300 changes: the stack before and after, and the templates of what is nested in it. */
interface Case {
  readonly before: Template['Resources'];
  readonly after: Template['Resources'];
  readonly templates?: Readonly<Record<string, Template>>;
}

async function describedAndShown({ before, after, templates = {} }: Case) {
  const clock = createClock({ speed: 100, originMs: Date.now(), startedAtMs: Date.now() });
  await using disposables = new AsyncDisposableStack();
  const world = disposables.adopt(await createAwsWorld({ clock, faults: new Set() }), (one) => one.close());
  world.seed.account(ACCOUNT, credentials.accessKeyId, 'us-east-1');
  for (const [url, template] of Object.entries(templates)) world.seed.template({ accountId: ACCOUNT, url, template });
  const stack = { accountId: ACCOUNT, stackName: STACK, tags: {}, createdAtMs: 0 };
  world.seed.stack({ ...stack, template: { Resources: before } });
  const aws = createAws({ region: 'us-east-1', accountId: ACCOUNT, endpoint: world.url, credentials });
  const arn = await aws.cloudFormation.createChangeSet({
    stackName: STACK,
    changeSetName: 'h1',
    templateBody: JSON.stringify({ Resources: after }),
    parameters: {},
  });
  const changeSet = await until('the change set', async () => {
    const found = await aws.cloudFormation.describeChangeSet(STACK, arn);
    return found?.status === 'CREATE_COMPLETE' ? found : undefined;
  });
  const client = new CloudFormationClient({ endpoint: world.url, region: 'us-east-1', credentials });
  const firstPage = await client.send(new DescribeChangeSetCommand({ ChangeSetName: arn }));
  const again = await aws.cloudFormation.describeChangeSet(STACK, arn);
  return { changeSet, again, firstPage: (firstPage.Changes ?? []).length, ...shown(changeSet) };
}

function shown(changeSet: ChangeSet) {
  const classified = classifyChangeSet({ config: 'api', changeSet, publicHost: 'api.theboss.io', title: 'Review' });
  return { classified, store: reviewState(classified.subject.changes) };
}

/** The lines of the dialog that name a change, as a terminal of 24 rows shows them first. */
function firstLines(store: Store): readonly string[] {
  const dialog = dialogOf(store.getState());
  if (!dialog) throw new Error('Nothing is in front.');
  return contentOf(store.getState(), dialog, 76)
    .body.slice(0, 16)
    .map((line) => lineText(line).trimEnd());
}

function operatorOf(store: Store) {
  let nowMs = 1_000;
  const controller = noteController();
  const dispatcher = createDispatcher({ store, controller, leave: () => {}, now: () => nowMs, copy: () => {} });
  return {
    controller,
    type: (...chunks: readonly string[]) => {
      for (const chunk of chunks) {
        dispatcher.input(chunk, chunk === '\r' ? { return: true } : {});
        const dialog = dialogOf(store.getState());
        dispatcher.shown(dialog && dialogReading(store.getState(), dialog));
        nowMs += SEEN_MS;
      }
    },
  };
}

const NESTED = { deployed: 'https://templates/1', next: 'https://templates/2' };

it.each<[string, Case, string]>([
  [
    'in the stack itself',
    { before: { ...queues(299, 1), ...table('a') }, after: { ...queues(299, 2), ...table('b') } },
    'Zoo',
  ],
  [
    'in a nested stack',
    {
      before: { ...queues(20, 1), ...nestedStack(NESTED.deployed) },
      after: { ...queues(20, 2), ...nestedStack(NESTED.next) },
      templates: {
        [NESTED.deployed]: { Resources: { ...queues(278, 1), ...table('a') } },
        [NESTED.next]: { Resources: { ...queues(278, 2), ...table('b') } },
      },
    },
    'Network/Zoo',
  ],
])(
  'of 300 changes the one replaced table %s is first on the screen, and only its id approves it',
  async (_where, given, id) => {
    const { changeSet, again, firstPage, classified, store } = await describedAndShown(given);
    expect(changeSet.changes).toHaveLength(300);
    expect(firstPage).toBeLessThan(300);
    expect(classified.mustType).toEqual([id]);
    const lines = firstLines(store);
    expect(lines.find((line) => /Modify|Add|Remove/.test(line))).toContain(` ${id} `);
    expect(lines.join('\n')).toMatch(/a → b/);

    const operator = operatorOf(store);
    operator.type('', '\r', 'a');
    expect(operator.controller.calls).toEqual([]);
    operator.type('t', id, '\r', 'a');
    expect(operator.controller.calls).toEqual([
      ['answer', expect.any(String), { is: 'approved', hash: expect.any(String), typed: [id] }],
    ]);

    // The approval is of all of it: the same again has the same hash, without the table it has another.
    const hashOf = (changes: ChangeSet['changes']) => shown({ ...changeSet, changes }).classified.hash;
    expect(hashOf(again?.changes ?? [])).toBe(classified.hash);
    expect(hashOf(changeSet.changes.filter(({ logicalResourceId }) => logicalResourceId !== 'Zoo'))).not.toBe(
      classified.hash,
    );
  },
);
