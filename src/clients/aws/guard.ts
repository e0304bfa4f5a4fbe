import { AwsError } from './awsError.ts';

const READS = /^(Describe|List|Get)/;
/** Reads that hand out what others could act with: credentials, passwords, keys. */
const HANDS_OUT = new Set([
  'GetSessionToken',
  'GetFederationToken',
  'GetDelegatedAccessToken',
  'GetWebIdentityToken',
  'GetPasswordData',
  'GetVpnConnectionDeviceSampleConfiguration',
]);

/** Whether an operation only looks: Describe, List and Get, but for what hands out secrets. */
export const isRead = (operation: string): boolean => READS.test(operation) && !HANDS_OUT.has(operation);

/** The refusal of a session that only looks. */
export function refuseToAct(service: string, operation: string): AwsError {
  const message = `${service} ${operation} was refused: this session only looks and changes nothing; act as the operator.`;
  return new AwsError(message, { code: 'ReadOnly', detail: message, retryable: false, credentials: false });
}

/** Who signs a command, as the SDK has chosen it for this very request; undefined where that cannot be told. */
export function signerOf(context: object): Signer | undefined {
  const chosen = field(field(field(context, '__smithy_context'), 'selectedHttpAuthScheme'), 'identity');
  return isSigner(chosen) ? chosen : undefined;
}

/** Credentials as a request is signed with. */
export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const field = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object' ? Reflect.get(value, name) : undefined;

const isSigner = (value: unknown): value is Signer =>
  typeof field(value, 'accessKeyId') === 'string' && typeof field(value, 'secretAccessKey') === 'string';

/**
 * Remembers which keys are of the account. `whose` asks AWS; keys that it told once are not asked for again, and keys
 * that it could not tell are.
 */
export class AccountProof {
  readonly #proven = new Set<string>();
  readonly #whose: (signer: Signer) => Promise<void>;

  /** `whose` rejects where the keys are of another account. */
  constructor(whose: (signer: Signer) => Promise<void>) {
    this.#whose = whose;
  }

  /** Rejects unless AWS has said that these keys are of the account. */
  async prove(signer: Signer): Promise<void> {
    if (this.#proven.has(signer.accessKeyId)) return;
    await this.#whose(signer);
    this.#proven.add(signer.accessKeyId);
  }
}
