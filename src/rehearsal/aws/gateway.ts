import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Aws, Call } from './account.ts';
import { AwsError } from './awsError.ts';
import { parseParams } from './params.ts';
import type { JsonInput, JsonService, ObjectService, QueryService, RestService, Service } from './protocol.ts';
import { SERVICES } from './services.ts';
import { createThrottle } from './throttle.ts';
import { parseXml, type XmlElement, xml } from './xml.ts';

/** What is sent back. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
export type Gateway = (request: IncomingMessage, body: string) => Answer;

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;

/** Tells service, account and operation of a request, runs it, and writes what came of it in the service's protocol. */
export function createGateway(aws: Aws): Gateway {
  const throttled = createThrottle(aws.faults);
  return (request, body) => {
    const requestId = randomUUID();
    const [, accessKeyId, , scope] = CREDENTIAL.exec(request.headers.authorization ?? '') ?? [];
    const service = serviceOf(scope, body);
    try {
      if (!accessKeyId || !scope)
        throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
      if (!service) throw unknownOperation(`service ${scope}`);
      const call = { aws, account: authenticate(aws, accessKeyId, service) };
      if (aws.expiry.isOn() && call.account.stacks.length > 0) throw expired(service);
      if (throttled(header(request, 'amz-sdk-invocation-id'))) throw tooFast(service);
      aws.agenda.catchUp();
      return run(service, request, body, call, requestId);
    } catch (error) {
      return failure(service, error, requestId);
    }
  };
}

/** Both generations of load balancers sign as one service; the API version in the call tells them apart. */
function serviceOf(scope: string | undefined, body: string): Service | undefined {
  if (scope === 'elasticloadbalancing')
    return SERVICES[body.includes('Version=2012-06-01') ? 'elasticloadbalancing' : 'elasticloadbalancing-v2'];
  return scope && Object.hasOwn(SERVICES, scope) ? SERVICES[scope] : undefined;
}

function authenticate(aws: Aws, accessKeyId: string, service: Service): Call['account'] {
  const key = aws.accessKeys.get(accessKeyId);
  if (key?.expired) throw expired(service);
  if (key) return key.account;
  if (service.protocol === 'ec2')
    throw new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
  if (service.protocol === 's3')
    throw new AwsError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403);
  const code = service.protocol === 'json' ? 'UnrecognizedClientException' : 'InvalidClientTokenId';
  throw new AwsError(code, 'The security token included in the request is invalid.', 403);
}

const expired = ({ protocol }: Service) =>
  new AwsError(
    protocol === 'json' ? 'ExpiredTokenException' : 'ExpiredToken',
    'The security token included in the request is expired',
    403,
  );

const tooFast = ({ protocol }: Service) =>
  protocol === 's3'
    ? new AwsError('SlowDown', 'Please reduce your request rate.', 503)
    : new AwsError(protocol === 'json' ? 'ThrottlingException' : 'Throttling', 'Rate exceeded');

const unknownOperation = (what: string) =>
  new AwsError('UnknownOperationException', `The requested ${what} is not supported.`, 501);

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

function run(service: Service, request: IncomingMessage, body: string, call: Call, requestId: string): Answer {
  if (service.protocol === 'json') return runJson(service, request, body, call, requestId);
  if (service.protocol === 's3') return runObject(service, request, body, call, requestId);
  if (service.protocol === 'rest') return runRest(service, request, body, call, requestId);
  return runQuery(service, body, call, requestId);
}

function runQuery(service: QueryService, body: string, call: Call, requestId: string): Answer {
  const params = parseParams(body);
  const action = params.Action ?? '';
  const operation = Object.hasOwn(service.operations, action) ? service.operations[action] : undefined;
  if (!operation) throw unknownOperation(`operation ${action}`);
  const result = operation(params, call);
  const fields =
    service.protocol === 'ec2'
      ? { requestId, ...result }
      : { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } };
  return xmlAnswer(200, xml(`${action}Response`, fields, service.xmlns), requestId);
}

function runJson(service: JsonService, request: IncomingMessage, body: string, call: Call, requestId: string): Answer {
  const action = (header(request, 'x-amz-target') ?? '').split('.').at(-1) ?? '';
  const operation = Object.hasOwn(service.operations, action) ? service.operations[action] : undefined;
  if (!operation) throw unknownOperation(`operation ${action}`);
  const answer = operation(parseJson(body), call);
  return {
    statusCode: 200,
    headers: { 'content-type': service.contentType, 'x-amzn-requestid': requestId },
    body: JSON.stringify(answer),
  };
}

function parseJson(body: string): JsonInput {
  try {
    const input: unknown = JSON.parse(body || '{}');
    if (input !== null && typeof input === 'object' && !Array.isArray(input)) return { ...input };
  } catch {}
  throw new AwsError('SerializationException', 'The request is not well-formed JSON.');
}

function runRest(service: RestService, request: IncomingMessage, body: string, call: Call, requestId: string): Answer {
  const url = new URL(request.url ?? '/', 'http://aws');
  for (const route of service.routes) {
    const match = route.method === request.method ? route.path.exec(url.pathname) : null;
    if (!match) continue;
    const path = match.slice(1).map((part) => decodeURIComponent(part));
    const fields = route.run({ path, query: url.searchParams, body: body ? readXml(body) : undefined }, call);
    return xmlAnswer(200, xml(route.answer, fields, service.xmlns), requestId);
  }
  throw unknownOperation(`operation ${request.method} ${url.pathname}`);
}

function runObject(
  service: ObjectService,
  { method = 'GET', url = '/' }: IncomingMessage,
  body: string,
  call: Call,
  requestId: string,
): Answer {
  const answer = service.run({ method, pathname: new URL(url, 'http://aws').pathname, body }, call);
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/octet-stream', 'x-amz-request-id': requestId, etag: answer.etag },
    body: answer.body ?? '',
  };
}

function readXml(body: string): XmlElement {
  try {
    return parseXml(body);
  } catch {
    throw new AwsError('MalformedInput', 'The request is not well-formed XML.');
  }
}

const xmlAnswer = (statusCode: number, body: string, requestId: string): Answer => ({
  statusCode,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId, 'x-amz-request-id': requestId },
  body: `<?xml version="1.0" encoding="UTF-8"?>${body}`,
});

function failure(service: Service | undefined, thrown: unknown, requestId: string): Answer {
  const error =
    thrown instanceof AwsError ? thrown : new AwsError('InternalFailure', `The embedded AWS failed: ${thrown}`, 500);
  const { code, message, statusCode } = error;
  if (service?.protocol === 'json') return jsonFailure(service, error, requestId);
  if (service?.protocol === 'ec2') {
    const fields = { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId };
    return xmlAnswer(statusCode, xml('Response', fields), requestId);
  }
  if (service?.protocol === 's3')
    return xmlAnswer(statusCode, xml('Error', { Code: code, Message: message, RequestId: requestId }), requestId);
  const fields = {
    Error: { Type: statusCode < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
    RequestId: requestId,
  };
  return xmlAnswer(statusCode, xml('ErrorResponse', fields, service?.xmlns), requestId);
}

function jsonFailure(service: JsonService, error: AwsError, requestId: string): Answer {
  const type = `${service.errorPrefix}${error.code}`;
  const query = service.queryErrors?.[error.code];
  return {
    statusCode: error.statusCode,
    headers: {
      'content-type': service.contentType,
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': type,
      ...(query ? { 'x-amzn-query-error': `${query};Sender` } : {}),
    },
    body: JSON.stringify({ __type: type, message: error.message, Message: error.message }),
  };
}
