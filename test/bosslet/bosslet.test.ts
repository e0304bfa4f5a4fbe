import { describe, expect, it } from 'vitest';
import * as names from '../../src/bosslet/names.ts';

const production = { internalDomain: 'production.boss', externalDomain: 'theboss.io' };

describe('the names of a bosslet', () => {
  it('are what boss-manage makes of them', () => {
    expect(names.stackName(production, 'core')).toBe('CoreProductionBoss');
    expect(names.configOfStack(production, 'IdindexingProductionBoss')).toBe('idindexing');
    expect(names.configOfStack(production, 'CopycuboidProductionBoss')).toBe('copycuboid');
    expect(names.configOfStack(production, 'CoreIntegrationBoss')).toBeUndefined();
    expect(names.configOfStack(production, 'ProductionBoss')).toBeUndefined();
    expect(names.publicHost(production)).toBe('api.theboss.io');
    expect(names.publicHost({ ...production, externalFormat: '{machine}-integration' }, 'auth')).toBe(
      'auth-integration.theboss.io',
    );
    expect(names.loadBalancerName(production)).toBe('elb-production-boss');
    expect(names.deleteRuleName(production)).toBe('deleteEventRule.production.boss');
    expect(names.instanceName(production, 'endpoint')).toBe('endpoint.production.boss');
    expect(names.amiName({ amiSuffix: '.boss' }, 'vault', 'sprint42')).toBe('vault.boss-sprint42');
  });
});
