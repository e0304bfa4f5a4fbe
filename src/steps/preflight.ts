import type { Finding, ReadContext } from './kind.ts';

export async function preflight(_context: ReadContext): Promise<readonly Finding[]> {
  throw new Error('The preflight is being written.');
}
