/** What is used of the package, by name: a bundle then leaves out the rest. */
export { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
