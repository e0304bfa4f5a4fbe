import { classicLoadBalancing } from './classicLoadBalancing.ts';
import { cloudFormation } from './cloudFormation/cloudFormation.ts';
import { cloudFront } from './cloudFront.ts';
import { dynamoDb } from './dynamoDb.ts';
import { ec2 } from './ec2.ts';
import { elastiCache } from './elastiCache.ts';
import { eventBridge } from './eventBridge.ts';
import { iam } from './iam.ts';
import { loadBalancing } from './loadBalancers.ts';
import type { Service } from './protocol.ts';
import { rds } from './rds.ts';
import { route53 } from './route53.ts';
import { s3 } from './s3.ts';
import { sns } from './sns.ts';
import { sqs } from './sqs.ts';
import { sts } from './sts.ts';

/** Each service by the name that its calls are signed with. */
export const SERVICES: Readonly<Record<string, Service>> = {
  cloudformation: cloudFormation,
  sns,
  route53,
  cloudfront: cloudFront,
  elasticloadbalancing: classicLoadBalancing,
  'elasticloadbalancing-v2': loadBalancing,
  ec2,
  events: eventBridge,
  sts,
  dynamodb: dynamoDb,
  elasticache: elastiCache,
  rds,
  s3,
  sqs,
  iam,
};
