import type { TemplateResource } from '../../contract.ts';
import { cname, dashed, dotted, getAtt, type Resources, ref, type TemplateBosslet, type Value } from './resources.ts';

/** What `boss_*_index.json` files hold. */
export interface TableSchema {
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: 'HASH' | 'RANGE' }[];
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: 'S' | 'N' }[];
  readonly GlobalSecondaryIndexes?: readonly unknown[];
  readonly ProvisionedThroughput: { readonly ReadCapacityUnits: number; readonly WriteCapacityUnits: number };
}

export const table = (name: string, schema: TableSchema): TemplateResource => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: { TableName: name, ...schema },
});

/** A global secondary index of one table. */
export const index = (name: string, hash: string, range?: string) => ({
  IndexName: name,
  KeySchema: [
    { AttributeName: hash, KeyType: 'HASH' },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }]),
  ],
  Projection: { ProjectionType: 'ALL' },
  ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 10 },
});

/** Keys and further attributes as `name` (a string) or `name:N`. */
export function schema(hash: string, range?: string, others: readonly string[] = [], indexes: readonly unknown[] = []) {
  const attribute = (text: string) => {
    const [AttributeName = text, type] = text.split(':');
    return { AttributeName, AttributeType: type === 'N' ? ('N' as const) : ('S' as const) };
  };
  const keys = [attribute(hash), ...(range === undefined ? [] : [attribute(range)])];
  return {
    KeySchema: keys.map(({ AttributeName }, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' }) as const),
    AttributeDefinitions: [...keys, ...others.map(attribute)],
    ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes }),
    ProvisionedThroughput: { ReadCapacityUnits: 100, WriteCapacityUnits: 100 },
  } satisfies TableSchema;
}

export const queue = (name: string, visibilitySeconds: number, deadLetter?: string): TemplateResource => ({
  Type: 'AWS::SQS::Queue',
  Properties: {
    QueueName: name,
    VisibilityTimeout: visibilitySeconds,
    MessageRetentionPeriod: 1_209_600,
    ...(deadLetter === undefined
      ? {}
      : { RedrivePolicy: { deadLetterTargetArn: getAtt(deadLetter, 'Arn'), maxReceiveCount: 3 } }),
  },
});

export const queuePolicy = (
  queues: readonly string[],
  role: string,
  action: string | readonly string[] = 'sqs:*',
): TemplateResource => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: queues.map(ref),
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: role }, Action: action, Resource: '*' }],
    },
  },
});

/** A MySQL instance with its subnet group and its CNAME in the bosslet's own zone. */
export function database(
  logicalId: string,
  input: {
    readonly bosslet: TemplateBosslet;
    readonly name: string;
    readonly databaseName: string;
    readonly user: string;
    readonly password: string;
    readonly type: string;
    readonly subnets: readonly Value[];
    readonly securityGroups: readonly Value[];
  },
): Resources {
  return {
    [`${logicalId}SubnetGroup`]: {
      Type: 'AWS::RDS::DBSubnetGroup',
      Properties: { DBSubnetGroupDescription: dotted(input.bosslet, input.name), SubnetIds: input.subnets },
    },
    [logicalId]: {
      Type: 'AWS::RDS::DBInstance',
      DeletionPolicy: 'Delete',
      Properties: {
        DBInstanceIdentifier: dashed(input.bosslet, input.name),
        Engine: 'mysql',
        AllocatedStorage: '5',
        DBInstanceClass: input.type,
        DBName: input.databaseName,
        MasterUsername: input.user,
        MasterUserPassword: input.password,
        Port: '3306',
        StorageType: 'standard',
        DBSubnetGroupName: ref(`${logicalId}SubnetGroup`),
        VPCSecurityGroups: input.securityGroups,
      },
    },
    [`${logicalId}Record`]: cname(
      input.bosslet.internalDomain,
      dotted(input.bosslet, input.name),
      getAtt(logicalId, 'Endpoint.Address'),
    ),
  };
}
