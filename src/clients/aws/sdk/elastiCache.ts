/** What is used of the package, by name: a bundle then leaves out the rest. */
export { CreateSnapshotCommand, DescribeSnapshotsCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
