import { stackName } from '../../../bosslet/names.ts';
import { parseArguments } from '../commandLine.ts';
import { evaluate } from '../expression.ts';
import { pformat, repr } from '../python.ts';
import { bossletNames, bossletOf, type NamedBosslet, profileOf, type Script, type ScriptContext } from '../script.ts';

/** `boss-config.py BOSSLET [-e EXPRESSION]`: what the bosslet's file says, or a Python expression on it. */
export const run: Script = async (context) => {
  const { options, positionals } = parseArguments(
    {
      program: context.program,
      options: { '--expression': { short: '-e', metavar: '<expression>' } },
      positionals: [{ name: 'bosslet_name', choices: bossletNames(context) }],
    },
    context.args,
    context.terminal,
  );
  const bosslet = bossletOf(context, positionals.get('bosslet_name')?.[0]);
  const settings = settingsOf(context, bosslet);
  const expression = options.get('--expression');
  if (typeof expression === 'string') {
    const value = evaluate(expression, {
      bosslet: expressionObject(bosslet, settings),
      __import__: pythonModule,
      getattr: attributeOf,
    });
    context.terminal.print(typeof value === 'string' ? value : repr(value));
    return;
  }
  for (const [name, value] of Object.entries(settings))
    context.terminal.print(`${name} = ${pformat(value, name.length + 3)}`);
};

/** In the order in which they are printed. SCENARIO and PROFILE are absent where the file does not define them. */
function settingsOf(context: ScriptContext, bosslet: NamedBosslet): Readonly<Record<string, unknown>> {
  const { internalDomain, region, accountId, scenario } = bosslet;
  const [stage = ''] = internalDomain.split('.');
  const profile = profileOf(context, bosslet);
  const publicName = stage === 'production' ? '{machine}' : `{machine}-${stage}`;
  return {
    EXTERNAL_DOMAIN: bosslet.externalDomain,
    EXTERNAL_FORMAT: publicName,
    INTERNAL_DOMAIN: internalDomain,
    NETWORK: '10.100.0.0/14',
    SUBNET_CIDR: 24,
    AMI_SUFFIX: bosslet.amiSuffix,
    AMI_VERSION: 'latest',
    ...(scenario === undefined ? {} : { SCENARIO: scenario }),
    VERIFY_SSL: true,
    AUTH_RDS: true,
    LAMBDA_BUCKET: `boss-lambda-${accountId}`,
    LAMBDA_SERVER: null,
    LAMBDA_SERVER_KEY: null,
    REGION: region,
    AVAILABILITY_ZONE_USAGE: { asg: ['a', 'b', 'c', 'd', 'f'], datapipeline: ['c'], lambda: ['a', 'b', 'c', 'd'] },
    ACCOUNT_ID: Number(accountId),
    PROFILE: profile ?? null,
    OUTBOUND_BASTION: false,
    HTTPS_INBOUND: '0.0.0.0/0',
    SSH_INBOUND: '198.51.100.0/24',
    SSH_KEY: `${stage}-key`,
    BILLING_TOPIC: 'BillingList',
    BILLING_CURRENCY: 'USD',
    BILLING_THRESHOLDS: [1_000, 2_000, 5_000],
    ALERT_TOPIC: bosslet.alertTopic,
  };
}

/** `bosslet` in an expression: the settings, the scenario and the names of what belongs to it. */
function expressionObject(bosslet: NamedBosslet, settings: Readonly<Record<string, unknown>>): unknown {
  const names = new Proxy(
    {
      public_dns: (machine: string) =>
        `${String(settings.EXTERNAL_FORMAT).replace('{machine}', machine)}.${bosslet.externalDomain}`,
    },
    {
      has: () => true,
      get: (target, key) => (key === 'public_dns' ? target.public_dns : namesOf(bosslet, String(key))),
    },
  );
  return { ...settings, scenario: bosslet.scenario ?? null, names };
}

const namesOf = (bosslet: NamedBosslet, resource: string) => {
  const name = resource.replaceAll('_', '-');
  const dotted = `${name}.${bosslet.internalDomain}`;
  return {
    stack: stackName(bosslet, resource),
    dns: dotted,
    redis: dotted,
    ddb: dotted,
    s3: dotted,
    rds: dotted,
    ami: name + bosslet.amiSuffix,
    sns: dotted.replaceAll('.', '-'),
    lambda_: dotted.replaceAll('.', '-'),
  };
};

/** The modules that expressions import. */
function pythonModule(name: string): unknown {
  return name === 'json' ? { dumps: (value: unknown) => JSON.stringify(value) } : {};
}

/** `getattr(object, name, default)`. */
const attributeOf = (object: unknown, name: unknown, fallback: unknown): unknown =>
  object !== null && typeof object === 'object' && String(name) in object
    ? Reflect.get(object, String(name))
    : fallback;
