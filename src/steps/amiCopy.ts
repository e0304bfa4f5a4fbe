import * as z from 'zod';
import { copyAmis, imageEvidence, proveAmis, readAmis } from './amiCopies.ts';
import type { StepKind } from './kind.ts';
import { machines, paramsOf } from './params.ts';

const params = z.strictObject({ sprint: z.string().min(1), machines, account: z.enum(['own', 'dev']) });

/** Labels the latest images with the sprint, by copies that keep their Commit tag, where the label is missing. */
export const amiCopy: StepKind<z.infer<typeof params>, null> = {
  name: 'amiCopy',
  mutates: true,
  parse: paramsOf('amiCopy', params),
  plan: async ({ sprint, ...of }, context) => {
    const rows = await readAmis(context, sprint, of);
    const missing = rows.filter(({ labelled }) => !labelled);
    return {
      commands: missing.map(({ machine, latest }) => `CopyImage ${latest?.name ?? `${machine}: none`} → ${sprint}`),
      dangers: rows.flatMap(({ machine, latest, labelled }) =>
        labelled && latest && labelled.tags.Commit !== latest.tags.Commit
          ? [
              {
                id: `ami:${machine}:${labelled.imageId}`,
                level: 'warn' as const,
                text: `${labelled.name} is of another commit than the latest ${machine} image; it is left as it is.`,
              },
            ]
          : [],
      ),
      evidence: rows.flatMap(({ machine, latest, labelled }) => [
        imageEvidence(context, `${machine} latest`, latest),
        imageEvidence(context, `${machine} ${sprint}`, labelled),
      ]),
      baseline: null,
      alreadyDone: missing.length === 0,
    };
  },
  act: async ({ sprint, ...of }, context) => {
    await copyAmis(context, sprint, await readAmis(context, sprint, of), of.account);
    return { how: 'finished', codes: [] };
  },
  prove: async ({ sprint, ...of }, context) => proveAmis(context, sprint, await readAmis(context, sprint, of)),
};
