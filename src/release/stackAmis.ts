import type { Stage } from '../runbook/runbook.ts';
import { imagesInWords, isRolledBack, olderImages, stackBefore, versionBefore } from '../steps/stackMemory.ts';
import type { ReleaseState } from './state.ts';

/** What a stack that was updated would go back to. */
export interface WayBack {
  /** `vault ami-1, auth ami-2`; with their versions where these differ. */
  readonly images: string;
  readonly commit: string | undefined;
  readonly stackVersion: string | undefined;
  /** The one version that brings it back; undefined: there is none. */
  readonly version: string | undefined;
  /** Why there is none. */
  readonly why: string | undefined;
  /** It runs on them already, by a roll back of this release. */
  readonly taken: boolean;
}

/** What a stage's stack ran on before the release; undefined where it has no AMIs, or was not updated. */
export function wayBackOf(state: Pick<ReleaseState, 'facts'>, stage: Stage): WayBack | undefined {
  const before = stage.rollBack && stackBefore(state.facts, stage.id);
  if (!before) return undefined;
  const back = versionBefore(before);
  return {
    images:
      'version' in back
        ? Object.entries(before.images)
            .map(([machine, { imageId }]) => `${machine} ${imageId}`)
            .join(', ')
        : imagesInWords(before.images),
    commit: before.commit ?? undefined,
    stackVersion: before.stackVersion ?? undefined,
    version: 'version' in back ? back.version : undefined,
    why: 'why' in back ? back.why : undefined,
    taken: isRolledBack(state.facts, stage.id),
  };
}

/**
 * Why a stage that is done is offered again: AMIs that its stack took were made anew since. Empty where there is no
 * reason.
 */
export function olderAmis(state: Pick<ReleaseState, 'facts' | 'stages'>, stage: Stage): readonly string[] {
  if (!stage.rollBack || state.stages[stage.id]?.status !== 'done') return [];
  return olderImages(state.facts, stage.id).map(
    ({ machine, took, now }) =>
      `${machine} took ${took.version ?? 'an AMI'} (${took.imageId}) before it was made anew; the release has ${now} now`,
  );
}
