/** The operator asked to cancel the step while one of its questions stood open; the question was taken back. */
export class StepCancelled extends Error {
  override readonly name = 'StepCancelled';
}
