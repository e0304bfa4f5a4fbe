import type { AwsAct } from '../doors.ts';
import { createCloudFormation } from './cloudFormation.ts';
import { createCloudFront } from './cloudFront.ts';
import { type AwsOptions, createConnection } from './connection.ts';
import { createDynamoDb } from './dynamoDb.ts';
import { createEc2 } from './ec2.ts';
import { createElastiCache } from './elastiCache.ts';
import { createEventBridge } from './eventBridge.ts';
import { createLoadBalancers } from './loadBalancers.ts';
import { createRds } from './rds.ts';
import { createRoute53 } from './route53.ts';
import { createS3 } from './s3.ts';
import { createSns } from './sns.ts';
import { createSqs } from './sqs.ts';
import { createSts } from './sts.ts';

export { AwsError } from './awsError.ts';
export type { AwsCredentials, AwsOptions } from './connection.ts';

/** One account's doors. Loads each service's client, and connects, when it is first used; errors are `AwsError`s. */
export function createAws(options: AwsOptions): AwsAct {
  const connection = createConnection(options);
  return {
    repeatedCalls: connection.repeatedCalls,
    cloudFormation: createCloudFormation(connection),
    sns: createSns(connection),
    route53: createRoute53(connection),
    cloudFront: createCloudFront(connection),
    loadBalancers: createLoadBalancers(connection),
    ec2: createEc2(connection),
    eventBridge: createEventBridge(connection),
    sts: createSts(connection),
    dynamoDb: createDynamoDb(connection),
    elastiCache: createElastiCache(connection),
    rds: createRds(connection),
    sqs: createSqs(connection),
    s3: createS3(connection),
  };
}
