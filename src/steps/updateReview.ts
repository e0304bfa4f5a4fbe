import type { Config } from '../bosslet/bosslet.ts';
import { changeSetName, publicHost, stackName } from '../bosslet/names.ts';
import type { ChangeSet } from '../clients/doors.ts';
import { cacheMayBeReplaced } from './cacheRule.ts';
import { type ClassifiedChangeSet, changeSetHash, classifyChangeSet } from './changeSetReview.ts';
import { clashDanger, type IndexClash, indexClashes, isCurable } from './indexRule.ts';
import type { ActContext, Answer, Asked } from './kind.ts';
import { withRecoveryPoints } from './recoveryPoint.ts';
import type { Reply, Review, WaitingPrompt } from './scriptReply.ts';
import type { StackBaseline } from './stackCard.ts';
import { parseTemplate } from './template.ts';
import { count } from './words.ts';

const refused = (): Reply => ({ text: 'n', code: 'refused' });

/**
 * Answers `Apply Update?`: describes the script's own change set fully, has it reviewed, describes it again and types
 * y only where its ARN and the hash of its list are still what was approved.
 */
export const reviewUpdate =
  (config: Config, context: ActContext<StackBaseline>): Review =>
  async (at) => {
    const changeSet = await describe(config, context);
    // One that is still being made shows only a part of what it will do.
    if (changeSet?.status !== 'CREATE_COMPLETE') return refused();
    const clashes = await clashesOf(config, context, changeSet);
    const classified = classifyChangeSet({
      config,
      changeSet,
      publicHost: publicHost(context.bosslet),
      title: context.step.title,
      findings: clashes.map(clashDanger),
    });
    // What was put before the operator is fixed before it is asked: a restart reviews nothing else.
    const shown = await context.effect('reviewed', {
      what: `puts ${count(changeSet.changes.length, 'change')} of ${changeSet.stackName} before the operator`,
      run: async () => ({ arn: changeSet.changeSetId, hash: classified.hash }),
      probe: async () => 'notHappened',
    });
    const answer = await at.ask('review', await reviewQuestion(context, classified));
    if (answer === 'gone') return 'gone';
    if (answer === 'cancelled') return { text: 'n', code: 'cancelled' };
    if (!isApproval(answer, classified.mustType, shown.hash)) {
      if (answer.is === 'approved') return refused();
      return { text: 'n', code: isCurable(context.bosslet, clashes) ? 'twoIndexChanges' : 'rejected' };
    }
    const cache = await cacheRule(config, changeSet, context, at);
    if (cache !== 'go') return cache;
    const fresh = await describe(config, context);
    const isSame = fresh?.changeSetId === shown.arn && changeSetHash(fresh.changes) === shown.hash;
    return isSame ? { text: 'y' } : refused();
  };

const describe = (config: Config, { read, bosslet, attempt, signal }: ActContext<StackBaseline>) =>
  read.aws.cloudFormation.describeChangeSet(stackName(bosslet, config), changeSetName(attempt.baseline.head), signal);

/** The index rule, by the template that this very change set was made from. */
async function clashesOf(
  config: Config,
  context: ActContext<StackBaseline>,
  { stackName: name, changeSetName: made }: ChangeSet,
): Promise<readonly IndexClash[]> {
  const text = await context.read.aws.cloudFormation.getTemplate(name, context.signal, made);
  const template = parseTemplate(text);
  return template ? indexClashes(context, config, template) : [];
}

/** The review as a question, with what could be put back of what is in danger; its subject is on disk before it is asked. */
export async function reviewQuestion(
  context: Pick<ActContext, 'keep' | 'read' | 'clock' | 'signal'>,
  classified: ClassifiedChangeSet,
): Promise<Asked> {
  const { subject, hash, mustType } = await withRecoveryPoints(classified, context);
  const blob = await context.keep(`${subject.stackName}-change-set.json`, JSON.stringify(subject, undefined, 1));
  const isSafe = mustType.length === 0 && !subject.findings.some(({ level }) => level === 'danger');
  return {
    title: subject.title,
    text: [
      `${count(subject.changes.length, 'change')} in ${subject.stackName}`,
      ...subject.findings.map(({ text }) => text),
    ],
    question: {
      is: 'review',
      subject: blob,
      hash,
      mustType,
      recommended: isSafe ? 'approve' : 'reject',
    },
  };
}

/** Whether an answer approves exactly this list, with each danger's logical id typed. */
export const isApproval = (answer: Answer, mustType: readonly string[], hash: string): boolean =>
  answer.is === 'approved' && answer.hash === hash && mustType.every((id) => answer.typed.includes(id));

/** An update that would take a cache away needs what its delete needs. */
async function cacheRule(
  config: Config,
  changeSet: ChangeSet,
  context: ActContext<StackBaseline>,
  at: WaitingPrompt,
): Promise<'go' | Reply | 'gone'> {
  if (config !== 'redis') return 'go';
  const gone = changeSet.changes.filter(
    ({ logicalResourceId, action, replacement }) =>
      ['Cache', 'CacheState'].includes(logicalResourceId) &&
      (action === 'Remove' || replacement === 'True' || replacement === 'Conditional'),
  );
  if (gone.length === 0) return 'go';
  const answer = await cacheMayBeReplaced(
    context,
    at,
    gone.map(({ logicalResourceId }) => logicalResourceId),
  );
  if (answer === 'gone' || answer === 'go') return answer;
  return { text: 'n', code: answer };
}
