/** What is used of the package, by name: a bundle then leaves out the rest. */
export { DescribeDBClustersCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
