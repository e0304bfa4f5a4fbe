/** An error as an AWS service answers it; the gateway writes it in the protocol of the call. */
export class AwsError extends Error {
  /** The code on the wire: `ValidationError`, `NotFound`, … */
  readonly code: string;
  readonly statusCode: number;
  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.statusCode = statusCode;
  }
}

/** CloudFormation's answer to nearly every bad request. */
export const validationError = (message: string): AwsError => new AwsError('ValidationError', message);
