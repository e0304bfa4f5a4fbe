import { execFile } from 'node:child_process';
import { parse } from 'yaml';
import * as z from 'zod';
import type { DnsServer } from '../../src/clients/doors.ts';
import { findProgram } from '../support/servers.ts';

/** What `dig` says of one answer, in our words. */
export interface Dug {
  readonly rcode: string;
  readonly aa: boolean;
  readonly chain: readonly { name: string; type: string; ttlSeconds: number; data: string }[];
}

const printed = z.tuple([
  z.object({
    message: z.object({
      response_message_data: z.object({
        status: z.string(),
        flags: z.string(),
        ANSWER_SECTION: z.array(z.string()).default([]),
      }),
    }),
  }),
]);

const withoutDot = (name: string) => (name === '.' ? name : name.replace(/\.$/, ''));

/** Runs `dig`, with our own settings and no configuration of this machine. Rejects with its words where it got no answer. */
export async function askDig(
  { address, port, authoritative }: DnsServer,
  name: string,
  type: string,
  more: readonly string[] = [],
): Promise<Dug> {
  const recursion = authoritative ? '+norecurse' : '+recurse';
  const settings = [recursion, '+noadflag', '+nocookie', '+bufsize=1232', '+tries=1', '+time=1', '+yaml', ...more];
  const args = ['-r', `@${address}`, '-p', String(port), name, type, ...settings];
  const text = await new Promise<string>((resolve, reject) =>
    execFile(findProgram('dig') ?? 'dig', args, (error, stdout) =>
      error ? reject(new Error(stdout)) : resolve(stdout),
    ),
  );
  const [{ message }] = printed.parse(parse(text));
  const { status, flags, ANSWER_SECTION } = message.response_message_data;
  return {
    rcode: status,
    aa: flags.split(' ').includes('aa'),
    chain: ANSWER_SECTION.map((line) => {
      const [owner = '', ttl, , recordType = '', ...data] = line.split(' ');
      return {
        name: withoutDot(owner),
        type: recordType,
        ttlSeconds: Number(ttl),
        // For YAML alone it adds a digit to an address that ends in a colon.
        data: data.map(withoutDot).join(' ').replace(/::0$/, '::'),
      };
    }),
  };
}
