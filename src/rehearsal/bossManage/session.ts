import { profileOf, type ScriptContext } from './script.ts';
import { PythonError } from './scriptErrors.ts';
import type { ScriptBosslet } from './scriptWorld.ts';

/** What every SDK client of a script is made with. */
export interface SessionConfig {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly maxAttempts: number;
}

/**
 * The account and the endpoint of a bosslet: its profile's keys, or the environment's. Throws as boto3 does where
 * there are none. Without AWS_ENDPOINT_URL nothing is ever called: a rehearsal must not reach a real account.
 */
export function sessionOf(context: ScriptContext, bosslet: ScriptBosslet): SessionConfig {
  const { environment } = context;
  const endpoint = environment.AWS_ENDPOINT_URL;
  if (!endpoint) throw new PythonError('botocore.exceptions.NoRegionError', 'AWS_ENDPOINT_URL must be set.');
  const profiled = profileOf(context, bosslet) !== undefined;
  const accessKeyId = profiled ? bosslet.accessKeyId : environment.AWS_ACCESS_KEY_ID;
  const secretAccessKey = profiled ? bosslet.secretAccessKey : environment.AWS_SECRET_ACCESS_KEY;
  if (!accessKeyId || !secretAccessKey) throw new PythonError(NO_CREDENTIALS, 'Unable to locate credentials');
  const sessionToken = profiled ? undefined : environment.AWS_SESSION_TOKEN;
  return {
    region: bosslet.region,
    endpoint,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    // boto3's own number is 5 with its legacy retries.
    maxAttempts: 5,
  };
}

/** What boto3 raises where neither the environment nor a profile has keys. */
export const NO_CREDENTIALS = 'botocore.exceptions.NoCredentialsError';

/** Errors that botocore has a class of its own for. */
const MODELLED = new Set(['AlreadyExistsException', 'ChangeSetNotFoundException', 'InvalidChangeSetStatusException']);

/** Whether anybody answered. */
const hasStatus = (metadata: unknown): boolean =>
  metadata !== null && typeof metadata === 'object' && 'httpStatusCode' in metadata && !!metadata.httpStatusCode;

/** Runs one call and turns what AWS answers into what botocore raises. */
export async function calling<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!('$metadata' in error) || !hasStatus(error.$metadata))
      throw new PythonError(
        'botocore.exceptions.EndpointConnectionError',
        `Could not connect to the endpoint URL of the ${operation} operation`,
      );
    const code = error.name;
    const type = MODELLED.has(code) ? `botocore.errorfactory.${code}` : 'botocore.exceptions.ClientError';
    throw new PythonError(
      type,
      `An error occurred (${code}) when calling the ${operation} operation: ${error.message}`,
    );
  }
}
