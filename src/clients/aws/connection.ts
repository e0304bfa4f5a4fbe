import { type AwsCall, AwsError, type AwsPlace, toAwsError, wrongAccount } from './awsError.ts';
import { attemptsOf, type CommandContext, callOf } from './command.ts';
import { AccountProof, isRead, refuseToAct, type Signer, signerOf } from './guard.ts';
import { credentialsSource, renewalOf } from './profile.ts';

export interface AwsOptions {
  readonly region: string;
  /** Twelve digits. Nothing is changed with credentials of another account. */
  readonly accountId: string;
  /** One endpoint for every service, instead of AWS' own. */
  readonly endpoint?: string;
  /** Absent: the environment's, as every AWS tool finds them. */
  readonly credentials?: AwsCredentials;
  readonly profile?: string;
  /** Refuses every command that does not only look. */
  readonly readOnly?: boolean;
  /** Real milliseconds that one request may take; what waits for nothing then is tried again. */
  readonly requestTimeoutMs?: number;
}
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end; absent: never. */
  readonly expiration?: Date;
}

/** Real milliseconds: the network does not get faster when a rehearsal's clock does. */
const CONNECTION_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** First try and retries together. `standard` and not `adaptive`: the watchers' budget keeps the rate. */
const MAX_ATTEMPTS = 4;

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** What every service's client is made with. */
export interface ClientConfig {
  readonly region: string;
  readonly maxAttempts: number;
  readonly retryMode: 'standard';
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: true;
  };
  readonly endpoint?: string;
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  readonly profile?: string;
  /** For the credentials' provider, which gets this configuration: files that were renewed are read anew. */
  readonly ignoreCache: true;
  /** The SDK's own warnings would be written over the screen. */
  readonly logger: typeof SILENT;
  readonly useDualstackEndpoint?: false;
  readonly useFipsEndpoint?: false;
}

type Guard = <Args extends { readonly input: object }, Result extends { readonly output: object }>(
  next: (args: Args) => Promise<Result>,
  context: CommandContext,
) => (args: Args) => Promise<Result>;

/** An SDK client with its package, as a service's file opens them. */
export interface Opened {
  readonly client: {
    readonly middlewareStack: {
      add(
        guard: Guard,
        options: { readonly step: 'initialize'; readonly priority: 'high'; readonly name: string },
      ): void;
      add(guard: Guard, options: { readonly step: 'build'; readonly name: string }): void;
    };
    readonly config: { readonly credentials: () => Promise<AwsCredentials> };
  };
}

export interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** Runs one door's call: opens the client at the first, ends with the signal's reason when it is aborted. */
export type Run<S> = <T>(
  signal: AbortSignal | undefined,
  call: (service: S, options: SendOptions) => Promise<T>,
) => Promise<T>;

/** What a service's file needs: the way to open its client once, when it is first used. */
export interface Connection {
  readonly options: AwsOptions;
  /** One sentence for whatever a call threw. Credentials that were refused are then forgotten and looked for anew. */
  explain(thrown: unknown, call: AwsCall): unknown;
  /** Attempts beyond the first, of all calls that succeeded in the end. */
  repeatedCalls(): number;
  service<S extends Opened>(open: (config: ClientConfig) => Promise<S>): Run<S>;
}

/** Stands before every command: refuses what must not run, and says in one sentence what went wrong. */
const outerGuard =
  (
    readOnly: boolean,
    { explain, onAttempts }: { explain: Connection['explain']; onAttempts: (attempts: number) => void },
  ): Guard =>
  (next, context) =>
  async (args) => {
    const call = callOf(context, args.input);
    if (readOnly && !isRead(call.operation)) throw refuseToAct(call.service, call.operation);
    try {
      const result = await next(args);
      onAttempts(attemptsOf(result.output));
      return result;
    } catch (thrown) {
      throw explain(thrown, call);
    }
  };

/** Stands behind the choice of credentials and before the request: what changes anything is signed by the right account. */
const accountGuard =
  (proof: AccountProof): Guard =>
  (next, context) =>
  async (args) => {
    const { service, operation } = callOf(context, args.input);
    if (!isRead(operation)) {
      const signer = signerOf(context);
      if (!signer)
        throw new Error(`It cannot be told whose credentials would sign ${service} ${operation}; it was not sent.`);
      await proof.prove(signer);
    }
    return next(args);
  };

async function untilAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The account's connection, shared by its services: one provider of credentials for all, so that a login is read once. */
export function createConnection(options: AwsOptions): Connection {
  let generation = 0;
  let repeated = 0;
  let provider: (() => Promise<AwsCredentials>) | undefined;
  const place: AwsPlace = {
    region: options.region,
    endpoint: options.endpoint ?? process.env.AWS_ENDPOINT_URL,
    renewal: () => (options.credentials ? 'give others' : renewalOf(credentialsSource(options.profile))),
  };
  const explain = (thrown: unknown, call: AwsCall) => {
    const error = toAwsError(thrown, call, place);
    if (error instanceof AwsError && error.credentials) {
      // Everything is made anew, so that renewed ones are found without a restart.
      generation += 1;
      provider = undefined;
    }
    return error;
  };
  const configure = () => clientConfig(options, options.credentials ?? provider);
  const proof = new AccountProof((signer) => mustBeOf(options, { ...configure(), credentials: { ...signer } }));
  const outer = outerGuard(options.readOnly ?? false, {
    explain,
    onAttempts: (attempts) => {
      repeated += attempts - 1;
    },
  });
  const inner = accountGuard(proof);
  const service = <S extends Opened>(open: (config: ClientConfig) => Promise<S>): Run<S> => {
    let opened: { readonly generation: number; readonly service: Promise<S> } | undefined;
    const make = async (madeIn: number) => {
      const made = await open(configure());
      made.client.middlewareStack.add(outer, { step: 'initialize', priority: 'high', name: 'bossTuiGuard' });
      made.client.middlewareStack.add(inner, { step: 'build', name: 'bossTuiAccountGuard' });
      // Refused ones that were forgotten meanwhile must not come back.
      if (madeIn === generation) provider ??= made.client.config.credentials;
      return made;
    };
    return (signal, call) => {
      signal?.throwIfAborted();
      if (opened?.generation !== generation) opened = { generation, service: make(generation) };
      const { service } = opened;
      return untilAborted(
        signal,
        service.then((made) => call(made, signal ? { abortSignal: signal } : {})),
      );
    };
  };
  return { options, explain, service, repeatedCalls: () => repeated };
}

function clientConfig(options: AwsOptions, credentials: ClientConfig['credentials']): ClientConfig {
  return {
    region: options.region,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    ignoreCache: true,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...(credentials === undefined ? {} : { credentials }),
    ...(options.profile === undefined || options.credentials ? {} : { profile: options.profile }),
    // Both would be refused together with an endpoint of one's own, and the environment may ask for them.
    ...(options.endpoint === undefined
      ? {}
      : { endpoint: options.endpoint, useDualstackEndpoint: false, useFipsEndpoint: false }),
  };
}

/** Asks AWS whose these credentials are. Throws where they are of another account than ours. */
async function mustBeOf(
  { accountId, profile }: AwsOptions,
  config: ClientConfig & { readonly credentials: Signer },
): Promise<void> {
  const { GetCallerIdentityCommand, STSClient } = await import('./sdk/sts.ts');
  const client = new STSClient(config);
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({}));
    if (Account !== accountId) throw wrongAccount(Account ?? 'that nobody knows', accountId, profile);
  } finally {
    client.destroy();
  }
}

/** Page after page. A token that comes twice is an error: it would be asked for for ever. */
export async function* pages<P>(
  ask: (token: string | undefined) => Promise<P>,
  next: (page: P) => string | undefined,
): AsyncGenerator<P> {
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const page = await ask(token);
    yield page;
    token = next(page) || undefined;
    if (token !== undefined && seen.has(token)) throw new Error('AWS gave the same page token twice; try again.');
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
}

/** All items of all pages. */
export async function allOf<P, T>(
  ask: (token: string | undefined) => Promise<P>,
  next: (page: P) => string | undefined,
  items: (page: P) => readonly T[] | undefined,
): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages(ask, next)) all.push(...(items(page) ?? []));
  return all;
}

/** Optional fields from what a service said: what it did not say is absent, not undefined. */
export function present<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
