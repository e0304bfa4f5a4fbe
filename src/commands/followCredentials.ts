import { AwsError } from '../clients/aws/awsError.ts';
import type { StsRead } from '../clients/doors.ts';
import type { Store } from '../store/store.ts';
import { setSession } from '../store/updates.ts';

/** Between two looks, real milliseconds: renewed credentials are seen in the header after so long at most. */
const LOOK_MS = 60_000;

/** Keeps the session's account and the end of its credentials true until the signal. `look` looks at once. */
export function followCredentials(sts: StsRead, store: Store, signal: AbortSignal): { look(): void } {
  let busy = false;
  let again = false;
  const once = async () => {
    const accountError = await sts.mustBeOurs(signal).then(
      () => undefined,
      // Anything else is told by whoever wanted something of AWS.
      (error: unknown) => (error instanceof AwsError && error.code === 'WrongAccount' ? error.message : undefined),
    );
    const end = await sts.credentialsEndMs().then(
      (credentialsEndMs) => ({ credentialsEndMs }),
      () => ({}),
    );
    if (!signal.aborted) setSession(store, { accountError, ...end });
  };
  const look = () => {
    if (signal.aborted) return;
    again = busy;
    if (busy) return;
    busy = true;
    void once().finally(() => {
      busy = false;
      if (again) look();
    });
  };
  const timer = setInterval(look, LOOK_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  look();
  return { look };
}
