import type { Call } from './account.ts';
import type { Params } from './params.ts';
import type { XmlElement, XmlFields } from './xml.ts';

/** A service that speaks the query protocol (form in, XML out), or EC2's dialect of it. */
export interface QueryService {
  readonly protocol: 'query' | 'ec2';
  readonly xmlns: string;
  /** An operation gives the fields of its result; undefined where it has none. */
  readonly operations: Readonly<Record<string, (params: Params, call: Call) => XmlFields | undefined>>;
}

/** A service that speaks JSON 1.0 or 1.1, the operation named in X-Amz-Target. */
export interface JsonService {
  readonly protocol: 'json';
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1';
  /** What stands before an error's name in `__type`: `com.amazonaws.sqs#`. */
  readonly errorPrefix: string;
  /** Names of errors in the query protocol that the service had before; AWS sends them in a header still. */
  readonly queryErrors?: Readonly<Record<string, string>>;
  readonly operations: Readonly<Record<string, (input: JsonInput, call: Call) => object>>;
}
export type JsonInput = Readonly<Record<string, unknown>>;

export interface RestRequest {
  /** What the route's groups matched, in order. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** The body's root element. */
  readonly body: XmlElement | undefined;
}

/** A service with paths of its own that speaks XML. */
export interface RestService {
  readonly protocol: 'rest';
  readonly xmlns: string;
  readonly routes: readonly {
    readonly method: string;
    readonly path: RegExp;
    /** The root element of the answer. */
    readonly answer: string;
    run(request: RestRequest, call: Call): XmlFields;
  }[];
}

export interface ObjectRequest {
  readonly method: string;
  readonly pathname: string;
  readonly body: string;
}

/** S3, whose bodies are the objects themselves. */
export interface ObjectService {
  readonly protocol: 's3';
  run(request: ObjectRequest, call: Call): { readonly etag: string; readonly body?: string };
}

export type Service = QueryService | JsonService | RestService | ObjectService;

/** A string field of a JSON call; undefined where it is absent or something else. */
export const text = (input: JsonInput, name: string): string | undefined =>
  typeof input[name] === 'string' ? input[name] : undefined;
