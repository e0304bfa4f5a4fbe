import { createHash } from 'node:crypto';

/** Names things as AWS does, the same in each run: what is asked for in the same order gets the same ids. */
export interface Ids {
  /** Hexadecimal digits. */
  hex(length: number): string;
  /** Capitals and digits, as in the tail of a physical id. */
  tail(length: number): string;
  uuid(): string;
}

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export function createIds(seed: string): Ids {
  let count = 0;
  const digest = () => createHash('sha256').update(`${seed}:${count++}`).digest();
  const hex = (length: number) => digest().toString('hex').slice(0, length);
  return {
    hex,
    tail: (length) => [...digest().subarray(0, length)].map((byte) => CAPITALS[byte % CAPITALS.length]).join(''),
    uuid: () => hex(32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-a$4-$5'),
  };
}
