import { sanitiseLine } from '../../text/sanitise.ts';

/** What an {@link AwsError} is, beside its sentence. */
export interface AwsFailure {
  readonly code: string;
  readonly retryable: boolean;
  readonly credentials: boolean;
  readonly detail: string;
  readonly cause?: unknown;
}

/**
 * What AWS refused or could not be asked, in one sentence with its cure. The engine pauses on `credentials`, watchers
 * back off on `retryable`.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  /** AWS' own code: `Throttling`, `ExpiredToken`, `AccessDenied`; `Unreachable` where nothing answered, `ReadOnly` where we did not ask. */
  readonly code: string;
  /** The same call may work later: throttling, a server's own fault, a network that is away. */
  readonly retryable: boolean;
  /** Nothing works until the operator renews the credentials. */
  readonly credentials: boolean;
  /** AWS' own words. */
  readonly detail: string;
  constructor(message: string, failure: AwsFailure) {
    super(message, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.code = failure.code;
    this.retryable = failure.retryable;
    this.credentials = failure.credentials;
    this.detail = failure.detail;
  }
}

/** Which call failed: `CloudFormation DescribeStacks of CoreProductionBoss`. */
export interface AwsCall {
  readonly service: string;
  readonly operation: string;
  readonly target: string | undefined;
}

interface Kind {
  readonly codes: RegExp;
  readonly cure: string;
  readonly retryable?: true;
  readonly credentials?: true;
}

/** By AWS' codes; services spell the same thing differently. The first that matches counts. */
const KINDS: readonly Kind[] = [
  {
    codes: /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/,
    cure: 'The credentials have expired: renew them (aws sso login, or new keys) and try again.',
    credentials: true,
  },
  {
    codes: /^(RequestTimeTooSkewed|InvalidSignatureException|SignatureDoesNotMatch)$/,
    cure: "Set this machine's clock and check the secret key, then try again.",
    credentials: true,
  },
  {
    codes: /^(CredentialsProviderError|TokenProviderError|MissingAuthenticationToken(Exception)?|IncompleteSignature)$/,
    cure: 'Give credentials: AWS_PROFILE, aws sso login, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY.',
    credentials: true,
  },
  {
    codes:
      /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|AuthFailure|InvalidToken(Exception)?)$/,
    cure: 'AWS does not know these credentials: check the profile or the keys.',
    credentials: true,
  },
  {
    codes:
      /^(AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError(Exception)?|NotAuthorized|Unauthorized\w*)$/,
    cure: 'Use a role or profile that is allowed to do this.',
  },
  {
    codes:
      /Throttl|^(TooManyRequests(Exception)?|RequestLimitExceeded|PriorRequestNotComplete|SlowDown|RequestThrottled|LimitExceededException)$/,
    cure: 'AWS asks us to call less often: wait a little, other tools may be using up the same limit.',
    retryable: true,
  },
  {
    codes: /^Unreachable$/,
    cure: 'Check the network, the region and the endpoint.',
    retryable: true,
  },
  {
    codes:
      /^(InternalFailure|InternalError|InternalServer(Error|Exception)|ServiceUnavailable(Exception)?|RequestTimeout(Exception)?)$/,
    cure: 'The fault is on the side of AWS: try again.',
    retryable: true,
  },
];

const NETWORK = /^(E[A-Z_]+|UND_ERR\w+|CERT_\w+|TimeoutError|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO\w+)$/;

interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Node's and the handler's own codes mean that no answer came; whatever has AWS' metadata and a name is an answer. */
function codeOf(error: SdkError): string {
  const answered = error.$metadata?.httpStatusCode !== undefined;
  const own = typeof error.code === 'string' ? error.code : '';
  const name = typeof error.name === 'string' ? error.name : 'Error';
  if (!answered && (NETWORK.test(own) || NETWORK.test(name))) return 'Unreachable';
  return name === 'Error' && own !== '' ? own : name;
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Turns whatever the SDK threw into one sentence. An abort stays what it is. */
export function toAwsError(thrown: unknown, call: AwsCall): unknown {
  if (thrown instanceof AwsError || !(thrown instanceof Error) || thrown.name === 'AbortError') return thrown;
  const error: SdkError = thrown;
  const code = codeOf(error);
  const status = error.$metadata?.httpStatusCode;
  const kind = KINDS.find(({ codes }) => codes.test(code));
  const detail = sanitiseLine(String(error.message ?? '')) || String(error.code ?? 'no reason given');
  const what = [call.service, call.operation, ...(call.target === undefined ? [] : ['of', sanitiseLine(call.target)])];
  const said = detail.startsWith(code) ? detail : `${code}, ${detail}`;
  return new AwsError([`${what.join(' ')} failed: ${sentence(said)}`, ...(kind ? [kind.cure] : [])].join(' '), {
    code,
    detail,
    retryable: kind?.retryable ?? (kind === undefined && status !== undefined && (status >= 500 || status === 429)),
    credentials: kind?.credentials ?? false,
    cause: thrown,
  });
}

/** Whether AWS says that what was asked for does not exist: one of these codes, and these words where a code is used for more. */
export function isAbsent(error: unknown, codes: readonly string[], words?: RegExp): boolean {
  return error instanceof AwsError && codes.includes(error.code) && (words?.test(error.detail) ?? true);
}
