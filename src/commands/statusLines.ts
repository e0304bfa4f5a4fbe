import {
  type CacheStatus,
  type DnsAnswerStatus,
  type DnsStatus,
  type ExpectedName,
  isUnread,
  type MailingListStatus,
  type StackStatus,
  type Status,
  type Unread,
} from './statusReport.ts';

/** What a piece of text means; how it looks is its painter's. */
export type Tone = 'title' | 'ok' | 'warn' | 'danger' | 'faint';
export type Paint = (tone: Tone, text: string) => string;

/** No colour at all. */
export const plain: Paint = (_tone, text) => text;

interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}
type Row = readonly (Cell | string)[];

const INDENT = '  ';
const GAP = '  ';

/** How `boss-tui status` prints what it saw. */
export function statusLines(status: Status, paint: Paint = plain): readonly string[] {
  const { bosslet, account, region, at, stacks, dns, caches, mailingList, deleteRule } = status;
  const title = (text: string) => ['', paint('title', text)];
  const wrong = ({ error }: Unread) => [`${INDENT}${paint('danger', `! ${error}`)}`];
  return [
    [
      paint('title', bosslet),
      ...(isUnread(account) ? [] : [`account ${account}`]),
      region,
      `${at.replace('T', ' ').slice(0, 19)} UTC`,
    ].join(GAP),
    ...(isUnread(account) ? wrong(account) : []),
    ...title('Stacks'),
    ...(isUnread(stacks) ? wrong(stacks) : table(stacks.map(stackRow), paint)),
    ...title(`DNS ${dns.name} → ${dns.verdict}`),
    ...dnsLines(dns, paint),
    ...title('Caches'),
    ...table(caches.map(cacheRow), paint),
    ...title('Mailing list'),
    ...(isUnread(mailingList) ? wrong(mailingList) : listLines(mailingList, paint)),
    ...title('Delete rule'),
    ...(isUnread(deleteRule) ? wrong(deleteRule) : table([ruleRow(deleteRule)], paint)),
  ];
}

/** Columns as wide as their widest cell; the last one is not filled up. */
function table(rows: readonly Row[], paint: Paint): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
  const widths: number[] = [];
  for (const row of cells)
    row.forEach(({ text }, column) => {
      // What stands last in its row may be a sentence, and pushes nothing aside.
      if (column < row.length - 1) widths[column] = Math.max(widths[column] ?? 0, text.length);
    });
  return cells.map((row) => {
    const line = row.map(({ text, tone }: Cell, column) => {
      const filled = column < row.length - 1 ? text.padEnd(widths[column] ?? 0) : text;
      return tone ? paint(tone, filled) : filled;
    });
    return INDENT + line.join(GAP).trimEnd();
  });
}

function toneOfStatus(stackStatus: string): Tone {
  if (/ROLLBACK|FAILED/.test(stackStatus)) return 'danger';
  return stackStatus.endsWith('_COMPLETE') ? 'ok' : 'warn';
}

/** Not every AWS says when an updated stack was. */
function updatedAt(stackStatus: string, time: string | null): string {
  if (time !== null) return time.replace('T', ' ').slice(0, 16);
  return stackStatus.startsWith('CREATE') ? 'never updated' : '';
}

function stackRow({ config, stackStatus, lastUpdatedTime, stackVersion, commit }: StackStatus): Row {
  if (stackStatus === null) return [config, { text: 'absent', tone: 'warn' }];
  return [
    config,
    { text: stackStatus, tone: toneOfStatus(stackStatus) },
    updatedAt(stackStatus, lastUpdatedTime),
    stackVersion === null ? '' : `v${stackVersion}`,
    { text: commit?.slice(0, 12) ?? '', tone: 'faint' },
  ];
}

const CLASS_TONES: Readonly<Record<DnsAnswerStatus['class'], Tone>> = {
  live: 'ok',
  maintenance: 'warn',
  other: 'danger',
  unknown: 'warn',
  silent: 'danger',
};

function dnsLines({ expected, answers }: DnsStatus, paint: Paint): readonly string[] {
  const expectedRow = (label: string, name: ExpectedName): Row => [
    label,
    isUnread(name)
      ? { text: `! ${name.error}`, tone: 'danger' }
      : name === null
        ? { text: 'the account has none', tone: 'warn' }
        : { text: name, tone: 'faint' },
  ];
  return [
    ...table([expectedRow('live is', expected.live), expectedRow('maintenance is', expected.maintenance)], paint),
    ...table(answers.map(answerRow), paint),
  ];
}

function answerRow({ server, rcode, aa, chain, rttMs, error, ...answer }: DnsAnswerStatus): Row {
  const leads: Cell = { text: answer.class, tone: CLASS_TONES[answer.class] };
  if (error !== undefined) return [server, leads, { text: `! ${error}`, tone: 'danger' }];
  const [first] = chain;
  return [
    server,
    leads,
    rcode ?? '',
    aa ? 'aa' : '',
    first ? `ttl ${first.ttl}` : '',
    rttMs === null ? '' : `${rttMs} ms`,
    { text: chain.map(({ type, data }) => `${type} ${data}`).join(' → '), tone: 'faint' },
  ];
}

const grouped = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

function cacheRow({ name, keys, writeCuboid, runId, passMs, absent, error }: CacheStatus): Row {
  if (absent) return [name, { text: 'absent', tone: 'faint' }];
  if (error !== undefined) return [name, { text: `! ${error}`, tone: 'danger' }];
  return [
    name,
    `${grouped(keys ?? 0)} keys`,
    { text: `WRITE-CUBOID ${grouped(writeCuboid ?? 0)}`, tone: writeCuboid === 0 ? 'ok' : 'warn' },
    `pass ${((passMs ?? 0) / 1_000).toFixed(1)} s`,
    { text: `run ${runId ?? ''}`, tone: 'faint' },
  ];
}

function listLines(list: MailingListStatus, paint: Paint): readonly string[] {
  const { topicArn, confirmed, pending, deleted, operatorConfirmed } = list;
  const operator: Cell = operatorConfirmed
    ? { text: "the operator's own is confirmed", tone: 'ok' }
    : { text: "the operator's own is not confirmed", tone: 'danger' };
  return [
    ...table([[{ text: topicArn, tone: 'faint' }]], paint),
    ...table([[`${grouped(confirmed)} confirmed`, `${pending} pending`, `${deleted} deleted`, operator]], paint),
  ];
}

const ruleRow = ({ name, state }: { readonly name: string; readonly state: string | null }): Row => [
  name,
  state === null ? { text: 'absent', tone: 'warn' } : { text: state, tone: state === 'DISABLED' ? 'ok' : 'danger' },
];
