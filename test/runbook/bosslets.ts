import type { RunbookInput } from '../../src/runbook/runbookFor.ts';

export const PRODUCTION: RunbookInput = {
  bosslet: 'production.boss',
  internalDomain: 'production.boss',
  externalDomain: 'theboss.io',
  scenario: 'production',
  sprint: 'sprint42',
  devBosslet: 'dev.boss',
};

export const INTEGRATION: RunbookInput = {
  ...PRODUCTION,
  bosslet: 'integration.boss',
  internalDomain: 'integration.boss',
  scenario: 'ha-development',
};
