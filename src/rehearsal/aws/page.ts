import { validationError } from './awsError.ts';

/** One page of a list and the token of the next one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

const TOKEN = /^([A-Za-z0-9+/=]+)$/;

/** Cuts a page from a list; the token is opaque to callers, as AWS's are. */
export function page<T>(all: readonly T[], token: string | undefined, size: number): Page<T> {
  const start = token === undefined ? 0 : readToken(token);
  const end = start + size;
  return { items: all.slice(start, end), nextToken: end < all.length ? makeToken(end) : undefined };
}

export const makeToken = (position: number): string => Buffer.from(`page:${position}`).toString('base64');

/** The position in a token; ValidationError where the token is not one of ours. */
export function readToken(token: string): number {
  const text = TOKEN.test(token) ? Buffer.from(token, 'base64').toString() : '';
  const position = /^page:(\d+)$/.exec(text)?.[1];
  if (position === undefined) throw validationError('The pagination token is invalid.');
  return Number(position);
}
