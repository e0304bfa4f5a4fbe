import { type Account, arn, type Call } from './account.ts';
import { AwsError } from './awsError.ts';
import { page } from './page.ts';
import { type JsonInput, type JsonService, text } from './protocol.ts';

export interface Rule {
  readonly name: string;
  state: 'ENABLED' | 'DISABLED';
}

function needRule({ account }: Call, input: JsonInput): Rule {
  const name = text(input, 'Name') ?? '';
  const rule = account.rules.get(name);
  if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
  return rule;
}

const described = (account: Account, { name, state }: Rule) => ({
  Name: name,
  Arn: arn(account, 'events', `rule/${name}`),
  State: state,
  EventBusName: 'default',
});

const switchTo = (state: Rule['state']) => (input: JsonInput, call: Call) => {
  needRule(call, input).state = state;
  return {};
};

export const eventBridge: JsonService = {
  protocol: 'json',
  contentType: 'application/x-amz-json-1.1',
  errorPrefix: '',
  operations: {
    DescribeRule: (input, call) => described(call.account, needRule(call, input)),
    ListRules(input, { account }) {
      const prefix = text(input, 'NamePrefix') ?? '';
      const size = typeof input.Limit === 'number' ? input.Limit : 100;
      const all = [...account.rules.values()].filter(({ name }) => name.startsWith(prefix));
      const { items, nextToken } = page(all, text(input, 'NextToken'), size);
      return { Rules: items.map((rule) => described(account, rule)), NextToken: nextToken };
    },
    DisableRule: switchTo('DISABLED'),
    EnableRule: switchTo('ENABLED'),
  },
};
