import { sanitiseLine } from '../../text/sanitise.ts';

/** What an {@link AwsError} is, beside its sentence. */
export interface AwsFailure {
  readonly code: string;
  readonly retryable: boolean;
  readonly credentials: boolean;
  readonly detail: string;
  readonly cure?: string;
  readonly cause?: unknown;
}

/**
 * What AWS refused or could not be asked, in one sentence with its cure. The engine pauses on `credentials`, watchers
 * back off on `retryable`.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  /**
   * AWS' own code: `Throttling`, `ExpiredToken`, `AccessDenied`; `Unreachable` where nothing answered, `NotAws` where
   * something else did, `ReadOnly` and `WrongAccount` where we did not ask.
   */
  readonly code: string;
  /** The same call may work later: throttling, a server's own fault, a network that is away. */
  readonly retryable: boolean;
  /** Nothing works until the operator renews the credentials. */
  readonly credentials: boolean;
  /** AWS' own words. */
  readonly detail: string;
  /** What to do, the end of the message; undefined where nobody knows. */
  readonly cure: string | undefined;
  constructor(message: string, failure: AwsFailure) {
    super(message, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.code = failure.code;
    this.retryable = failure.retryable;
    this.credentials = failure.credentials;
    this.detail = failure.detail;
    this.cure = failure.cure;
  }
}

/** Which call failed: `CloudFormation DescribeStacks of CoreProductionBoss`. */
export interface AwsCall {
  readonly service: string;
  readonly operation: string;
  readonly target: string | undefined;
}

/** What a cure depends on. */
export interface AwsPlace {
  readonly region: string;
  /** One endpoint for every service, instead of AWS' own. */
  readonly endpoint: string | undefined;
  /** How the credentials are renewed, as the end of a sentence; asked only where they are the trouble. */
  renewal(): string;
}

interface Kind {
  readonly codes: RegExp;
  /** What AWS, Node or the SDK says, where the code is used for more. */
  readonly says?: RegExp;
  cure(place: AwsPlace): string;
  readonly retryable?: true;
  readonly credentials?: true;
}

const atEndpoint = ({ endpoint, region }: AwsPlace) =>
  endpoint === undefined ? `the network and the region ${region}` : `the endpoint ${sanitiseLine(endpoint)}`;

/** By AWS' codes; services spell the same thing differently. The first that matches counts. */
const KINDS: readonly Kind[] = [
  {
    codes: /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/,
    cure: ({ renewal }) => `The credentials have expired: ${renewal()}.`,
    credentials: true,
  },
  {
    codes: /^(RequestTimeTooSkewed|InvalidSignatureException|SignatureDoesNotMatch)$/,
    cure: () => "Set this machine's clock and check the secret key, then try again.",
    credentials: true,
  },
  {
    codes: /^(CredentialsProviderError|TokenProviderError|MissingAuthenticationToken(Exception)?|IncompleteSignature)$/,
    cure: ({ renewal }) => `No credentials hold: ${renewal()}.`,
    credentials: true,
  },
  {
    codes:
      /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|AuthFailure|InvalidToken(Exception)?)$/,
    cure: ({ renewal }) => `AWS does not know these credentials: ${renewal()}.`,
    credentials: true,
  },
  {
    codes:
      /^(AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError(Exception)?|NotAuthorized|Unauthorized\w*)$/,
    cure: () => 'Use a role or profile that is allowed to do this.',
  },
  {
    codes:
      /Throttl|^(TooManyRequests(Exception)?|RequestLimitExceeded|PriorRequestNotComplete|SlowDown|RequestThrottled|LimitExceededException)$/,
    cure: () => 'AWS asks us to call less often: wait a little, other tools may be using up the same limit.',
    retryable: true,
  },
  {
    codes: /^Unreachable$/,
    says: /Invalid URL/,
    cure: ({ endpoint }) => `Correct the endpoint ${sanitiseLine(endpoint ?? '')}: write http://host:port.`,
  },
  {
    codes: /^Unreachable$/,
    says: /ENOTFOUND/,
    cure: (place) =>
      place.endpoint === undefined
        ? `There is no such service: check the region ${place.region}, then the network.`
        : `There is no such host: check ${atEndpoint(place)}, then the network.`,
    retryable: true,
  },
  {
    codes: /^Unreachable$/,
    says: /ECONNREFUSED/,
    cure: (place) => `Nothing listens there: check ${atEndpoint(place)}.`,
    retryable: true,
  },
  {
    codes: /^Unreachable$/,
    says: /certificate|self.signed|CERT_|SSL|TLS|EPROTO/i,
    cure: (place) =>
      place.endpoint === undefined
        ? 'TLS failed: NODE_EXTRA_CA_CERTS names the certificate of a proxy that stands between.'
        : `TLS failed: write http:// for an endpoint without it; NODE_EXTRA_CA_CERTS names the certificate of ${sanitiseLine(place.endpoint)}.`,
    retryable: true,
  },
  {
    codes: /^Unreachable$/,
    says: /ECONNRESET|EPIPE|socket hang up/,
    cure: (place) => `The connection was cut off: check ${atEndpoint(place)}; a proxy or VPN may be in the way.`,
    retryable: true,
  },
  {
    codes: /^Unreachable$/,
    cure: (place) => `It did not answer in time: check ${atEndpoint(place)}; a proxy or VPN may be in the way.`,
    retryable: true,
  },
  {
    codes: /^NotAws$/,
    cure: (place) =>
      place.endpoint === undefined
        ? 'Something between answers for AWS: check the proxy, or log in to this network.'
        : `Whatever listens there does not know this call: check ${atEndpoint(place)}.`,
  },
  {
    codes: /^Error$/,
    says: /Region not accepted/,
    cure: ({ region }) => `Correct the region ${sanitiseLine(region)}: us-east-1 is one.`,
  },
  {
    codes:
      /^(InternalFailure|InternalError|InternalServer(Error|Exception)|ServiceUnavailable(Exception)?|RequestTimeout(Exception)?)$/,
    cure: () => 'The fault is on the side of AWS: try again.',
    retryable: true,
  },
];

const NETWORK = /^(E[A-Z_]+|ERR_\w+|UND_ERR\w+|CERT_\w+|TimeoutError|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO\w+)$/;
/** What the SDK throws for an answer that is neither XML nor JSON. */
const UNREADABLE = /XML parse error|is not valid JSON|Deserialization error/;

interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** Hidden by the SDK, present where an answer came. */
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

const statusOf = ({ $metadata, $response }: SdkError): number | undefined =>
  $metadata?.httpStatusCode ?? $response?.statusCode;

const contentTypeOf = ({ $response }: SdkError): string | undefined =>
  $response?.headers?.['content-type']?.split(';')[0]?.toLowerCase();

/** Node's and the handler's own codes mean that no answer came; whatever has AWS' metadata and a name is an answer. */
function codeOf(error: SdkError): string {
  // A page may be well-formed: its 404 must not be taken for something that AWS does not have.
  if (UNREADABLE.test(String(error.message)) || contentTypeOf(error) === 'text/html') return 'NotAws';
  const own = typeof error.code === 'string' ? error.code : '';
  const name = typeof error.name === 'string' ? error.name : 'Error';
  if (statusOf(error) === undefined && (NETWORK.test(own) || NETWORK.test(name))) return 'Unreachable';
  return name === 'Error' && own !== '' ? own : name;
}

/** What happened, in AWS' own words where it has some. */
function detailOf(error: SdkError, code: string): string {
  if (code === 'NotAws') {
    const type = sanitiseLine(contentTypeOf(error) ?? 'something');
    return `the answer was HTTP ${statusOf(error) ?? '?'} with ${type}, and not of AWS`;
  }
  const said = sanitiseLine(String(error.message ?? ''));
  if (/^Could not load credentials from any/.test(said)) return 'there are no credentials';
  return said || String(error.code ?? 'no reason given');
}

/** Codes that say less than the words beside them. */
const SPEECHLESS = /^(Error|NotAws|Unreachable|CredentialsProviderError|TokenProviderError|SyntaxError)$/;

/** A proxy's page for a server that is away for a while. */
const isPassing = (status: number | undefined) => status !== undefined && (status >= 502 || status === 429);

/** A stack's ARN says no more than its name to whoever reads a sentence, and takes two rows of it. */
const STACK_ARN = /^arn:[^:]+:cloudformation:[^:]*:\d+:stack\/([^/]+)\/.*$/;
const targetInWords = (target: string): string => sanitiseLine(target).replace(STACK_ARN, '$1');

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Turns whatever the SDK threw into one sentence. An abort stays what it is. */
export function toAwsError(thrown: unknown, call: AwsCall, place: AwsPlace): unknown {
  if (thrown instanceof AwsError || !(thrown instanceof Error) || thrown.name === 'AbortError') return thrown;
  const error: SdkError = thrown;
  const code = codeOf(error);
  const status = statusOf(error);
  const detail = detailOf(error, code);
  const said = detail.startsWith(code) || SPEECHLESS.test(code) ? detail : `${code}, ${detail}`;
  const words = `${String(error.code ?? '')} ${detail}`;
  const kind = KINDS.find(({ codes, says }) => codes.test(code) && (says?.test(words) ?? true));
  const what = [call.service, call.operation, ...(call.target === undefined ? [] : ['of', targetInWords(call.target)])];
  const unknown = code === 'NotAws' ? isPassing(status) : status !== undefined && (status >= 500 || status === 429);
  const cure = kind?.cure(place);
  return new AwsError(
    [`${what.join(' ')} failed: ${sentence(said)}`, ...(cure === undefined ? [] : [cure])].join(' '),
    {
      code,
      detail,
      ...(cure === undefined ? {} : { cure }),
      retryable: kind?.retryable ?? ((kind === undefined || code === 'NotAws') && unknown),
      credentials: kind?.credentials ?? false,
      cause: thrown,
    },
  );
}

/** What keeps us from acting with credentials of somewhere else. It ends when they are of the bosslet's account. */
export function wrongAccount(account: string, expected: string, profile: string | undefined): AwsError {
  const cure =
    profile === undefined ? 'Set AWS_PROFILE to one of that account.' : `Log in to it with the profile ${profile}.`;
  const message = `The credentials are of the account ${sanitiseLine(account)}, not of ${expected}. ${cure}`;
  return new AwsError(message, { code: 'WrongAccount', detail: message, retryable: false, credentials: true });
}

/** Whether AWS says that what was asked for does not exist: one of these codes, and these words where a code is used for more. */
export function isAbsent(error: unknown, codes: readonly string[], words?: RegExp): boolean {
  return error instanceof AwsError && codes.includes(error.code) && (words?.test(error.detail) ?? true);
}
