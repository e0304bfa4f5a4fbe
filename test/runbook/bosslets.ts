import type { RunbookInput } from '../../src/runbook/runbookFor.ts';

/** What the rehearsal's bosslet says of itself. */
export const PRODUCTION: RunbookInput = {
  bosslet: 'production.boss',
  internalDomain: 'production.boss',
  externalDomain: 'theboss.io',
  scenario: 'production',
  sprint: 'sprint42',
  devBosslet: 'dev.boss',
};

/** The bosslet that is released to first. */
export const INTEGRATION: RunbookInput = {
  ...PRODUCTION,
  bosslet: 'integration.boss',
  internalDomain: 'integration.boss',
  scenario: 'ha-development',
};
