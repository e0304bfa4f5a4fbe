import type { TemplateResource } from '../../contract.ts';
import { nameTag, type Resources, ref, type Value } from './resources.ts';

/** Every key of a machine's `boss.config`, in its order; a machine sets some, the rest stay empty. */
const BOSS_CONFIG = [
  'system.fqdn system.type',
  'vault.url vault.token vault.kms_key vault.ddb_table',
  'aws.db aws.meta-db aws.cache aws.cache-db aws.cache-state aws.cache-state-db aws.cache-throttle',
  'aws.cache-throttle-db aws.cache-session aws.cache-session-db aws.s3-flush-queue aws.s3-flush-deadletter-queue',
  'aws.cuboid_bucket aws.tile_bucket aws.ingest_bucket aws.s3-index-table aws.tile-index-table aws.id-index-table',
  'aws.id-count-table aws.max_task_id_suffix aws.id-index-new-chunk-threshold aws.index-deadletter-queue',
  'aws.index-cuboids-keys-queue aws.downsample-queue aws.sns-write-locked aws.prod_mailing_list aws.timeout',
  'auth.OIDC_VERIFY_SSL',
  'lambda.flush_function lambda.page_in_function lambda.ingest_function lambda.downsample_volume',
  'lambda.tile_uploaded_function',
  'sfn.populate_upload_queue sfn.upload_sfn sfn.volumetric_upload_sfn sfn.downsample_sfn',
  'sfn.index_cuboid_supervisor_sfn sfn.complete_ingest_sfn',
].flatMap((line) => line.split(' '));

/** What `user_data` becomes in a template: the machine's whole `boss.config`, joined so that queues can be references. */
export const userData = (settings: Readonly<Record<string, Value>>): Value => ({
  'Fn::Base64': { 'Fn::Join': ['', BOSS_CONFIG.flatMap((key) => [`${key} = `, settings[key] ?? '', '\n'])] },
});

export function subnet(cidr: string, zone: string, name: string): TemplateResource {
  return {
    Type: 'AWS::EC2::Subnet',
    Properties: { VpcId: ref('VPC'), CidrBlock: cidr, AvailabilityZone: zone, Tags: [nameTag(name)] },
  };
}

export function securityGroup(
  name: string,
  vpc: Value,
  rules: readonly (readonly [protocol: string, port: string, cidr: string])[],
): TemplateResource {
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: name,
      VpcId: vpc,
      SecurityGroupIngress: rules.map(([IpProtocol, port, CidrIp]) => ({
        IpProtocol,
        FromPort: port,
        ToPort: port,
        CidrIp,
      })),
      Tags: [nameTag(name)],
    },
  };
}

export function instance(input: {
  readonly name: string;
  readonly imageId: string;
  readonly type: string;
  readonly subnet: Value;
  readonly securityGroups: readonly Value[];
  readonly userData?: Value;
  readonly role?: string;
  readonly dependsOn?: string;
}): TemplateResource {
  return {
    Type: 'AWS::EC2::Instance',
    Properties: {
      ImageId: input.imageId,
      InstanceType: input.type,
      SubnetId: input.subnet,
      SecurityGroupIds: input.securityGroups,
      ...(input.userData === undefined ? {} : { UserData: input.userData }),
      ...(input.role === undefined ? {} : { IamInstanceProfile: input.role }),
      Tags: [nameTag(input.name)],
    },
    ...(input.dependsOn === undefined ? {} : { DependsOn: input.dependsOn }),
  };
}

/** An Auto Scaling group with the launch configuration that gives it its image: `Vault` and `VaultConfiguration`. */
export function group(
  logicalId: string,
  input: {
    readonly name: string;
    readonly imageId: string;
    readonly type: string;
    readonly subnets: readonly Value[];
    readonly securityGroups: readonly Value[];
    readonly size: readonly [min: number, max: number];
    readonly userData: Value;
    readonly role: string;
    readonly notifications: Value;
    readonly loadBalancer?: string;
    readonly targetGroup?: string;
    readonly dependsOn?: readonly string[];
  },
): Resources {
  return {
    [`${logicalId}Configuration`]: {
      Type: 'AWS::AutoScaling::LaunchConfiguration',
      Properties: {
        ImageId: input.imageId,
        InstanceType: input.type,
        IamInstanceProfile: input.role,
        SecurityGroups: input.securityGroups,
        UserData: input.userData,
      },
    },
    [logicalId]: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: {
        LaunchConfigurationName: ref(`${logicalId}Configuration`),
        VPCZoneIdentifier: input.subnets,
        MinSize: String(input.size[0]),
        MaxSize: String(input.size[1]),
        DesiredCapacity: String(input.size[0]),
        ...(input.loadBalancer === undefined ? {} : { LoadBalancerNames: [ref(input.loadBalancer)] }),
        ...(input.targetGroup === undefined ? {} : { TargetGroupARNs: [ref(input.targetGroup)] }),
        NotificationConfigurations: [
          { TopicARN: input.notifications, NotificationTypes: ['autoscaling:EC2_INSTANCE_LAUNCH'] },
        ],
        Tags: [{ ...nameTag(input.name), PropagateAtLaunch: true }],
      },
      ...(input.dependsOn === undefined ? {} : { DependsOn: input.dependsOn }),
    },
  };
}
