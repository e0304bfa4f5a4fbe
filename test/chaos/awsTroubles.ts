import type { SeenRequest, Trouble } from '../contract/recordingProxy.ts';

/** Each way in which one call to AWS may fail, once. */
export const TROUBLES = ['Throttling', 'ExpiredToken', '500', 'HTML', 'reset', 'lostAnswer', 'hangs'] as const;
export type TroubleName = (typeof TROUBLES)[number];

/** A trouble as the service that was asked would tell of it. */
export function troubleFor(name: TroubleName, asked: SeenRequest): Trouble {
  switch (name) {
    case 'Throttling':
      return refused(asked, 400, asked.isJson ? 'ThrottlingException' : 'Throttling', 'Rate exceeded');
    case 'ExpiredToken':
      return refused(
        asked,
        403,
        asked.isJson ? 'ExpiredTokenException' : 'ExpiredToken',
        'The security token included in the request is expired',
      );
    case '500':
      return refused(asked, 500, asked.isJson ? 'InternalServerError' : 'InternalFailure', 'We encountered an error.');
    case 'HTML':
      return {
        is: 'answered',
        statusCode: 503,
        contentType: 'text/html',
        body: '<html><body><h1>503 Service Unavailable</h1></body></html>',
      };
    default:
      return { is: name };
  }
}

/** An error in the service's own protocol. */
function refused({ isJson, service }: SeenRequest, statusCode: number, code: string, message: string): Trouble {
  if (isJson) {
    const body = JSON.stringify({ __type: code, message });
    return { is: 'answered', statusCode, contentType: 'application/x-amz-json-1.0', body };
  }
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body =
    service === 'ec2'
      ? `<Response><Errors>${error}</Errors><RequestID>1</RequestID></Response>`
      : `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`;
  return { is: 'answered', statusCode, contentType: 'text/xml', body };
}

/** One question, whoever asks it and whenever: the same point of every release. */
export const questionOf = ({ service, operation, asked }: SeenRequest): string =>
  `${service} ${operation} ${asked
    .replace(/NextToken=[^&]*/g, 'NextToken')
    .replace(/\d{4}-?\d\d-?\d\dT?[\d:.-]*Z?/g, 'TIME')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')}`;
