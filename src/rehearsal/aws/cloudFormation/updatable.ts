import type { Template } from '../../contract.ts';
import { validationError } from '../awsError.ts';
import { isDeleted, type Stack } from './stack.ts';

/** States that do not end in IN_PROGRESS and still refuse an update. */
const DEAD_ENDS = new Set([
  'CREATE_FAILED',
  'DELETE_COMPLETE',
  'DELETE_FAILED',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'UPDATE_ROLLBACK_FAILED',
]);

export const isInProgress = (stack: Stack): boolean => stack.state.status.endsWith('_IN_PROGRESS');

/** Throws CloudFormation's refusal where the stack cannot be updated in its state. */
export function needUpdatable(stack: Stack): void {
  if (!isInProgress(stack) && !DEAD_ENDS.has(stack.state.status)) return;
  throw validationError(`Stack:${stack.stackId} is in ${stack.state.status} state and can not be updated.`);
}

/** Throws where the stack cannot be deleted in its state; one that is on its way out already may be. */
export function needDeletable(stack: Stack): void {
  const { status } = stack.state;
  if (isDeleted(stack) || !isInProgress(stack) || status === 'REVIEW_IN_PROGRESS') return;
  throw validationError(`Stack [${stack.stackId}] cannot be deleted while in status ${status}`);
}

/** A logical id keeps its resource type for life. */
export function checkSameTypes(before: Template, after: Template): void {
  const changed = Object.entries(after.Resources)
    .filter(([name, { Type }]) => before.Resources[name] && before.Resources[name].Type !== Type)
    .map(([name]) => name);
  if (changed.length > 0)
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${changed.join(', ')}]`,
    );
}
