import type { ChangeSet, ResourceChange } from '../../src/clients/doors.ts';

/** A change as AWS tells it, with what a test cares about. */
export const change = (parts: Partial<ResourceChange>): ResourceChange => ({
  action: 'Modify',
  logicalResourceId: 'Thing',
  resourceType: 'AWS::IAM::Role',
  scope: ['Properties'],
  details: [],
  ...parts,
});

export const changeSetOf = (changes: readonly ResourceChange[], parts: Partial<ChangeSet> = {}): ChangeSet => ({
  changeSetId: 'arn:aws:cloudformation:us-east-1:123456789012:changeSet/h0/1',
  changeSetName: 'h0',
  stackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/ApiProductionBoss/1',
  stackName: 'ApiProductionBoss',
  status: 'CREATE_COMPLETE',
  executionStatus: 'AVAILABLE',
  creationTimeMs: 0,
  changes,
  ...parts,
});
