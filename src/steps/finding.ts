import type { Finding } from './kind.ts';

/** One check of the preflight: what it is about, and what it found. It may throw: that is a finding too. */
export interface Check {
  readonly title: string;
  /** Real milliseconds that it is given, where that is more than others get. */
  readonly boundMs?: number;
  run(): Promise<Found | readonly Found[]>;
}
/** A finding without its title. */
export interface Found {
  readonly level: Finding['level'];
  readonly detail: string;
  readonly cure?: string;
  readonly mendedBy?: string;
}

export const ok = (detail: string): Found => ({ level: 'ok', detail });
export const warn = (detail: string, cure: string): Found => ({ level: 'warn', detail, cure });
export const stop = (detail: string, cure: string): Found => ({ level: 'stop', detail, cure });
