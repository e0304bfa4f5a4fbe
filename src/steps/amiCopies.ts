import { type Bosslet, MACHINES, type Machine } from '../bosslet/bosslet.ts';
import { amiName } from '../bosslet/names.ts';
import type { AwsAct, AwsRead, Image } from '../clients/doors.ts';
import { LATEST, readImages } from './images.ts';
import type { ActContext, Evidence, ReadContext, Verdict } from './kind.ts';
import { imageLine } from './stackImages.ts';

/** Whose images: the bosslet's own account's, or the dev account's. */
export type AmiAccount = 'own' | 'dev';

/** A machine's latest image beside the one that carries the label. */
export interface AmiRow {
  readonly machine: Machine;
  readonly latest: Image | undefined;
  readonly labelled: Image | undefined;
}

function doorsOf<A extends AwsRead>(
  doors: { readonly aws: A; readonly dev?: A },
  { bosslet }: { readonly bosslet: Bosslet },
  account: AmiAccount,
): { readonly aws: A; readonly accountId: string } {
  if (account === 'own') return { aws: doors.aws, accountId: bosslet.accountId };
  if (doors.dev && bosslet.dev) return { aws: doors.dev, accountId: bosslet.dev.accountId };
  throw new Error(`No dev account is configured for ${bosslet.name}: name its bosslet, account and profile.`);
}

/** The images of machines as they are now, in one call. A label counts only on an image of the account itself. */
export async function readAmis(
  context: ReadContext,
  sprint: string,
  {
    account = 'own',
    machines = MACHINES,
  }: { readonly account?: AmiAccount; readonly machines?: readonly Machine[] } = {},
): Promise<readonly AmiRow[]> {
  const { aws, accountId } = doorsOf(context.read, context, account);
  const images = await readImages(aws, context, machines, [LATEST, sprint]);
  return machines.map((machine) => ({
    machine,
    latest: images.taken(machine, LATEST),
    labelled: images.of(machine, sprint).find(({ ownerId }) => ownerId === accountId),
  }));
}

const ownerInWords = ({ bosslet }: ReadContext, { ownerId }: Image): string =>
  ownerId === bosslet.accountId ? 'ours' : ownerId === bosslet.dev?.accountId ? "dev's" : `OF ACCOUNT ${ownerId}`;

const stateInWords = ({ state }: Image): string => (state === 'available' ? '' : `, ${state}`);

/** One row of a card for an image: name, id, commit, age, owner. */
export const imageEvidence = (context: ReadContext, label: string, image: Image | undefined): Evidence => ({
  label,
  value: image ? `${imageLine(context, image)}, ${ownerInWords(context, image)}${stateInWords(image)}` : 'none',
  tone: image?.state === 'available' ? 'plain' : 'warn',
});

/** Copies the latest image of each machine that lacks the label, with its tags. Each copy is an effect of its own. */
export async function copyAmis(
  context: ActContext,
  sprint: string,
  rows: readonly AmiRow[],
  account: AmiAccount,
): Promise<void> {
  const { aws } = doorsOf<AwsAct>(context.doors, context, account);
  for (const { machine, latest, labelled } of rows) {
    const name = amiName(context.bosslet, machine, sprint);
    if (labelled) continue;
    if (!latest) throw new Error(`There is no image of ${machine} that could become ${name}: build one first.`);
    context.progress({ text: `Copying ${latest.name} to ${name}` });
    await context.effect(`copy/${machine}`, {
      what: `copies ${latest.name} (${latest.imageId}) to ${name}`,
      run: () =>
        aws.ec2.copyImage(
          {
            sourceImageId: latest.imageId,
            name,
            tags: latest.tags,
            clientToken: `${context.release.id}-${account}-${machine}-${context.attempt.number}`.slice(-64),
          },
          context.signal,
        ),
      probe: async () => {
        const [row] = await readAmis(context, sprint, { account, machines: [machine] });
        return row?.labelled?.imageId ?? 'notHappened';
      },
    });
  }
}

/** Whether every machine has its labelled image, ready to be launched. */
export function proveAmis(context: ReadContext, sprint: string, rows: readonly AmiRow[]): Verdict {
  const evidence = rows.map(({ machine, labelled }) => imageEvidence(context, machine, labelled));
  const names = (of: readonly AmiRow[]) => of.map(({ machine }) => machine).join(', ');
  const missing = rows.filter(({ labelled }) => !labelled);
  const broken = rows.filter(({ labelled }) => labelled && !['available', 'pending'].includes(labelled.state));
  const pending = rows.filter(({ labelled }) => labelled?.state === 'pending');
  if (missing.length > 0)
    return { is: 'notDone', code: 'notFound', summary: `No ${sprint} AMI of ${names(missing)} exists.`, evidence };
  if (broken.length > 0)
    return {
      is: 'failed',
      code: 'error',
      summary: `The ${sprint} AMI of ${names(broken)} is not usable: deregister it in the console, then try again.`,
      evidence,
    };
  if (pending.length > 0)
    return { is: 'pending', summary: `Waits for ${names(pending)} to become available`, evidence };
  return { is: 'done', summary: `The ${sprint} AMIs are available.`, evidence };
}
