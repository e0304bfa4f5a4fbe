import { CONFIGS } from '../bosslet/bosslet.ts';
import { changeSetName, configOfStack, loadBalancerName, publicHost, stackName } from '../bosslet/names.ts';
import type { Subscription } from '../clients/doors.ts';
import { isInProgress } from '../observe/operation.ts';
import { type Check, type Found, ok, stop, warn } from './finding.ts';
import { foreignMutes, otherSnapshot } from './foreignMute.ts';
import type { ReadContext } from './kind.ts';
import { hasArn, nameOf } from './mailingListSnapshot.ts';
import { isStale } from './stackCard.ts';
import { outcomeOf } from './stackOutcome.ts';
import { age, count } from './words.ts';

/** What must be found of the deployment itself, and in what state. */
export const deploymentChecks = (context: ReadContext): readonly Check[] => [
  { title: 'Scenario', run: async () => scenario(context) },
  { title: 'Hosted zone', run: () => zone(context) },
  { title: 'Maintenance page', run: () => distribution(context) },
  { title: 'Load balancer', run: () => loadBalancer(context) },
  { title: 'Mailing list', run: () => mailingList(context) },
  { title: 'Stacks', run: () => stacks(context) },
  { title: 'Change sets', run: () => changeSets(context) },
  { title: 'Caches', run: () => caches(context) },
];

function scenario({ bosslet }: ReadContext): Found {
  if (bosslet.scenario !== undefined) return ok(bosslet.scenario);
  return stop(
    `The scenario of ${bosslet.name} is not known; without it an update of redis removes CacheSession.`,
    'Set scenario in the configuration, or SCENARIO in the bosslet file.',
  );
}

async function zone({ read, bosslet, release, signal }: ReadContext): Promise<readonly Found[]> {
  const found = await read.aws.route53.findHostedZone(bosslet.externalDomain, signal);
  if (!found)
    return [stop(`Route 53 has no zone ${bosslet.externalDomain}.`, 'Check the account and EXTERNAL_DOMAIN.')];
  const host = publicHost(bosslet);
  const [record, page] = await Promise.all([
    read.aws.route53.recordSet(found.id, host, 'CNAME', signal),
    read.aws.cloudFront.findDistribution(host, signal),
  ]);
  const plain = (name: string) => name.replace(/\.$/, '').toLowerCase();
  const isDown = record?.values.some((value) => page && plain(value) === plain(page.domainName)) ?? false;
  if (!isDown || release.id !== '') return [ok(`${found.name} with ${count(found.nameServers.length, 'name server')}`)];
  return [
    warn(
      `${host} leads to the maintenance page, and no release is open here: another release seems open.`,
      'Look who works on it; stage o ends the maintenance.',
    ),
  ];
}

async function distribution({ read, bosslet, signal }: ReadContext): Promise<Found> {
  const host = publicHost(bosslet);
  const found = await read.aws.cloudFront.findDistribution(host, signal);
  if (found) return ok(found.domainName);
  return stop(`No CloudFront distribution has the alias ${host}.`, 'Make one that serves the maintenance page.');
}

async function loadBalancer({ read, bosslet, signal }: ReadContext): Promise<Found> {
  const name = loadBalancerName(bosslet);
  const found = await read.aws.loadBalancers.findLoadBalancer(name, signal);
  if (found) return ok(`${found.name}, ${found.dnsName}`);
  return stop(`No load balancer's name begins with ${name}.`, 'Look at the api stack: users could not be sent back.');
}

async function mailingList(context: ReadContext): Promise<readonly Found[]> {
  const { read, bosslet, signal } = context;
  const topicArn = await read.aws.sns.findTopic(bosslet.alertTopic, signal);
  if (!topicArn) return [stop(`There is no SNS topic ${bosslet.alertTopic}.`, 'Check the account and ALERT_TOPIC.')];
  const list = await read.aws.sns.listSubscriptions(topicArn, signal);
  const own = list.find(({ endpoint }) => endpoint === bosslet.operator);
  const found: Found[] = [];
  if (!own) found.push(stop(`${bosslet.operator} is not subscribed to ${bosslet.alertTopic}.`, 'Subscribe yourself.'));
  else if (!hasArn(own))
    found.push(stop(`The subscription of ${bosslet.operator} is not confirmed.`, 'Confirm it by the mail you got.'));
  else found.push(ok(`${count(list.length, 'subscription')}, yours among them`));
  const others = list.filter((each) => hasArn(each) && each !== own);
  return [...found, ...(await foundMutes(context, topicArn, others))];
}

/** Mutes that no release of this machine answers for, with what could restore them. */
async function foundMutes(
  context: ReadContext,
  topicArn: string,
  others: readonly Subscription[],
): Promise<readonly Found[]> {
  const { sns } = context.read.aws;
  const looked = await Promise.all(
    ends(others).map(async (each) => ({
      ...each,
      attributes: (await sns.subscriptionAttributes(each.subscriptionArn, context.signal)) ?? {},
    })),
  );
  const other = await otherSnapshot(context, topicArn, looked);
  return foreignMutes(looked, context.release.id).map((id) =>
    warn(
      `The list is muted by the release ${id}, and no record of it is open here: another release seems open.`,
      other?.releaseId === id
        ? `Ask who works on it; if nobody does, stage r restores what it wrote down (${other.where}).`
        : 'Ask who works on it; if nobody does, stage r takes the mutes away. No snapshot of it was found.',
    ),
  );
}

/** Lists are muted and restored in the order of their names: one that was left half-way shows it at an end. */
function ends(list: readonly Subscription[]): readonly Subscription[] {
  const sorted = list.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const [first, last] = [sorted[0], sorted.at(-1)];
  return [...new Set([first, last].filter((each) => each !== undefined))];
}

const GO_BACK =
  'Mend what kept AWS from it, then press R in the panel: it continues the rollback. All else waits for that.';

async function stacks({ read, bosslet, signal }: ReadContext): Promise<readonly Found[]> {
  const all = await read.aws.cloudFormation.listStacks(signal);
  const ours = all.filter((each) => configOfStack(bosslet, each.stackName) !== undefined);
  const names = new Set(ours.map((each) => each.stackName));
  const missing = CONFIGS.filter((config) => !names.has(stackName(bosslet, config)));
  const found = ours.flatMap(({ stackName: name, stackStatus }): readonly Found[] => {
    if (isInProgress(stackStatus))
      return [stop(`${name} is ${stackStatus}: somebody works on it.`, 'Wait until it is done; the scripts refuse.')];
    if (/_FAILED$|^ROLLBACK_COMPLETE$/.test(stackStatus)) {
      const { did, todo } = outcomeOf(configOfStack(bosslet, name) ?? '', stackStatus);
      const detail = `${name} is ${stackStatus}. ${did}`;
      return [
        stackStatus === 'UPDATE_ROLLBACK_FAILED'
          ? { ...stop(detail, GO_BACK), mendedBy: 'continueRollback' }
          : stop(detail, todo),
      ];
    }
    return [];
  });
  if (missing.length === CONFIGS.length)
    return [
      stop(
        `None of the ${CONFIGS.length} stacks of ${bosslet.name} is in ${bosslet.region}.`,
        'Check the region of the bosslet, and internalDomain.',
      ),
    ];
  if (missing.length > 0)
    found.push(
      warn(
        `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not exist.`,
        'An update of it does nothing; skip it by name.',
      ),
    );
  return found.length > 0 ? found : [ok(`${ours.length} stacks, none in progress or failed`)];
}

async function changeSets({ read, bosslet, clock, signal }: ReadContext): Promise<readonly Found[]> {
  const { cloudFormation } = read.aws;
  const [head, all] = await Promise.all([read.git.head(signal), cloudFormation.listStacks(signal)]);
  const names = CONFIGS.map((config) => stackName(bosslet, config));
  // Of one that is not there nothing can be listed; any other error is a finding.
  const there = all.flatMap((each) => (names.includes(each.stackName) ? [each.stackName] : []));
  const lists = await Promise.all(there.map((name) => cloudFormation.listChangeSets(name, signal)));
  const left = lists.flatMap((list, index) =>
    list.filter((each) => each.changeSetName === changeSetName(head) && each.stackName === there[index]),
  );
  if (left.length === 0) return [ok('none of this commit is left over')];
  return left.map((each) => {
    const old = age(clock.now() - each.creationTimeMs);
    return isStale(each.status)
      ? warn(
          `${each.stackName} has a failed change set of this commit, ${old} old.`,
          'It is deleted before its update.',
        )
      : warn(
          `${each.stackName} has a change set of this commit that is ${each.status}, ${old} old: somebody may be at its prompt.`,
          'Ask them; its update deletes it only when you type that.',
        );
  });
}

async function caches({ read, signal }: ReadContext): Promise<readonly Found[]> {
  return Promise.all(
    ['cache', 'cache-state'].map(async (name) => {
      try {
        if (!(await read.caches.has(name, signal)))
          return stop(`${name} cannot be looked at.`, `Name ${name} in the configuration.`);
        const { keys, role } = await read.caches.cache(name).look(signal);
        return role === 'master'
          ? ok(`${name}: ${keys} keys`)
          : warn(`${name}: what answers is a ${role}.`, 'Reach its primary: a replica proves nothing.');
      } catch (error) {
        signal.throwIfAborted();
        const said = error instanceof Error ? error.message : String(error);
        return stop(`${name}: ${said}`, 'Check the way to the caches: redis.via and redis.ssh in the configuration.');
      }
    }),
  );
}
