import type { TemplateResource } from '../../contract.ts';
import { BASTION_USER_DATA, DELETE_ENI_LAMBDA, DNS_LAMBDA } from './coreSources.ts';
import { lambda, lambdaPermission } from './functions.ts';
import { group, instance, securityGroup, subnet, userData } from './machines.ts';
import {
  certificateArn,
  cname,
  dashed,
  dotted,
  getAtt,
  type Resources,
  ref,
  roleArn,
  type StackInput,
} from './resources.ts';
import { database, schema, table } from './storage.ts';

const ZONES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/** The network, the bastion, vault and auth with their data: 62 resources. */
export function coreResources(input: StackInput): Resources {
  return { ...network(input), ...names(input), ...vault(input), ...auth(input) };
}

const internalSubnets = ZONES.map((zone) => ref(`${zone.toUpperCase()}InternalSubnet`));
const externalSubnets = ZONES.map((zone) => ref(`${zone.toUpperCase()}ExternalSubnet`));

function network({ bosslet }: StackInput): Resources {
  const subnets: Record<string, TemplateResource> = {};
  for (const [at, side] of (['Internal', 'External'] as const).entries()) {
    const routes = side === 'Internal' ? 'InternalRouteTable' : 'InternetRouteTable';
    const all = [
      [`${side}Subnet`, `10.${100 + at}.0.0/24`, 'a'] as const,
      ...ZONES.map(
        (zone, index) => [`${zone.toUpperCase()}${side}Subnet`, `10.${100 + at}.${index + 1}.0/24`, zone] as const,
      ),
    ];
    for (const [id, cidr, zone] of all) {
      subnets[id] = subnet(cidr, `${bosslet.region}${zone}`, `${zone}-${side.toLowerCase()}.${bosslet.internalDomain}`);
      subnets[`${id}RTA`] = {
        Type: 'AWS::EC2::SubnetRouteTableAssociation',
        Properties: { SubnetId: ref(id), RouteTableId: ref(routes) },
      };
    }
  }
  const routeTable = (side: string): TemplateResource => ({
    Type: 'AWS::EC2::RouteTable',
    Properties: { VpcId: ref('VPC'), Tags: [{ Key: 'Name', Value: dotted(bosslet, side) }] },
  });
  const endpoint = (service: string): TemplateResource => ({
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: {
      VpcId: ref('VPC'),
      ServiceName: `com.amazonaws.${bosslet.region}.${service}`,
      RouteTableIds: [ref('InternalRouteTable')],
    },
  });
  return {
    VPC: {
      Type: 'AWS::EC2::VPC',
      Properties: { CidrBlock: '10.100.0.0/14', Tags: [{ Key: 'Name', Value: bosslet.internalDomain }] },
    },
    ...subnets,
    InternetGateway: { Type: 'AWS::EC2::InternetGateway' },
    AttachInternetGateway: {
      Type: 'AWS::EC2::VPCGatewayAttachment',
      Properties: { VpcId: ref('VPC'), InternetGatewayId: ref('InternetGateway') },
    },
    InternalRouteTable: routeTable('internal'),
    InternetRouteTable: routeTable('internet'),
    NATIP: { Type: 'AWS::EC2::EIP', Properties: { Domain: 'vpc' }, DependsOn: 'AttachInternetGateway' },
    NAT: {
      Type: 'AWS::EC2::NatGateway',
      Properties: { AllocationId: getAtt('NATIP', 'AllocationId'), SubnetId: ref('ExternalSubnet') },
    },
    InternalNatRoute: {
      Type: 'AWS::EC2::Route',
      Properties: {
        RouteTableId: ref('InternalRouteTable'),
        DestinationCidrBlock: '0.0.0.0/0',
        NatGatewayId: ref('NAT'),
      },
    },
    InternetRoute: {
      Type: 'AWS::EC2::Route',
      Properties: {
        RouteTableId: ref('InternetRouteTable'),
        DestinationCidrBlock: '0.0.0.0/0',
        GatewayId: ref('InternetGateway'),
      },
      DependsOn: 'AttachInternetGateway',
    },
    S3Endpoint: endpoint('s3'),
    DynamoDBEndpoint: endpoint('dynamodb'),
    SQSEndpoint: endpoint('sqs'),
    StatesEndpoint: endpoint('states'),
    InternalSecurityGroup: securityGroup(dotted(bosslet, 'internal'), ref('VPC'), [['-1', '-1', '10.0.0.0/8']]),
    BastionSecurityGroup: securityGroup(dotted(bosslet, 'ssh'), ref('VPC'), [['tcp', '22', '198.51.100.0/24']]),
    AuthSecurityGroup: securityGroup(dotted(bosslet, 'auth'), ref('VPC'), [['tcp', '443', '0.0.0.0/0']]),
    Bastion: instance({
      name: dotted(bosslet, 'bastion'),
      imageId: 'ami-0ba5710000000001a',
      type: 't2.micro',
      subnet: ref('ExternalSubnet'),
      securityGroups: [ref('InternalSecurityGroup'), ref('BastionSecurityGroup')],
      userData: BASTION_USER_DATA,
      dependsOn: 'AttachInternetGateway',
    }),
  };
}

/** The bosslet's own zone and the lambdas that keep it. */
function names({ bosslet }: StackInput): Resources {
  return {
    DNSZone: {
      Type: 'AWS::Route53::HostedZone',
      Properties: {
        Name: bosslet.internalDomain,
        HostedZoneConfig: { Comment: `Dynamic DNS for ${bosslet.internalDomain}` },
        VPCs: [{ VPCId: ref('VPC'), VPCRegion: bosslet.region }],
      },
    },
    DNSLambda: lambda({
      bosslet,
      name: 'dns',
      handler: 'index.handler',
      role: roleArn(bosslet, 'UpdateRoute53'),
      code: { ZipFile: DNS_LAMBDA },
      timeoutSeconds: 10,
      memoryMb: 128,
      dependsOn: 'DNSZone',
    }),
    DNSLambdaExecute: lambdaPermission(ref('DNSLambda')),
    DNSSNS: {
      Type: 'AWS::SNS::Topic',
      Properties: {
        TopicName: dashed(bosslet, 'dns'),
        Subscription: [{ Protocol: 'lambda', Endpoint: getAtt('DNSLambda', 'Arn') }],
      },
    },
    DeleteENILambda: lambda({
      bosslet,
      name: 'deleteENI',
      handler: 'index.handler',
      role: roleArn(bosslet, 'DeleteENI'),
      code: { ZipFile: DELETE_ENI_LAMBDA },
      timeoutSeconds: 180,
      memoryMb: 128,
    }),
    DeleteENILambdaExecute: lambdaPermission(ref('DeleteENILambda'), 'cloudformation.amazonaws.com'),
  };
}

const afterNames = ['DNSLambda', 'DNSSNS', 'DNSLambdaExecute'];

function vault({ bosslet, images }: StackInput): Resources {
  return {
    VaultTable: table(dotted(bosslet, 'vault'), schema('Path', 'Key')),
    VaultKey: {
      Type: 'AWS::KMS::Key',
      Properties: {
        Description: `${dotted(bosslet, 'vault')} auto-unseal`,
        KeyPolicy: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${bosslet.accountId}:root` },
              Action: 'kms:*',
              Resource: '*',
            },
          ],
        },
      },
    },
    ...group('Vault', {
      name: dotted(bosslet, 'vault'),
      imageId: images.vault,
      type: 't2.small',
      subnets: internalSubnets,
      securityGroups: [ref('InternalSecurityGroup')],
      size: [1, 1],
      role: 'apl-vault',
      notifications: ref('DNSSNS'),
      userData: userData({
        'system.fqdn': dotted(bosslet, 'vault'),
        'system.type': 'vault',
        'vault.kms_key': ref('VaultKey'),
        'vault.ddb_table': ref('VaultTable'),
      }),
      dependsOn: afterNames,
    }),
  };
}

function auth({ bosslet, images }: StackInput): Resources {
  return {
    ...database('AuthDB', {
      bosslet,
      name: 'auth-db',
      databaseName: 'keycloak',
      user: 'keycloak',
      password: 'keycloak',
      type: 'db.t2.micro',
      subnets: internalSubnets,
      securityGroups: [ref('InternalSecurityGroup')],
    }),
    AuthLoadBalancer: {
      Type: 'AWS::ElasticLoadBalancing::LoadBalancer',
      Properties: {
        LoadBalancerName: dashed(bosslet, 'auth'),
        CrossZone: true,
        Listeners: [
          {
            LoadBalancerPort: '443',
            InstancePort: '8080',
            Protocol: 'HTTPS',
            SSLCertificateId: certificateArn(bosslet, 'auth'),
          },
        ],
        HealthCheck: { Target: 'HTTP:8080/index.html', HealthyThreshold: '2', Interval: '30' },
        SecurityGroups: [ref('InternalSecurityGroup'), ref('AuthSecurityGroup')],
        Subnets: externalSubnets,
      },
      DependsOn: 'AttachInternetGateway',
    },
    AuthLoadBalancerRecord: cname(
      bosslet.externalDomain,
      `auth.${bosslet.externalDomain}`,
      getAtt('AuthLoadBalancer', 'DNSName'),
    ),
    ...group('Auth', {
      name: dotted(bosslet, 'auth'),
      imageId: images.auth,
      type: 'm4.large',
      subnets: internalSubnets,
      securityGroups: [ref('InternalSecurityGroup')],
      size: [1, 1],
      role: 'auth',
      notifications: ref('DNSSNS'),
      userData: userData({
        'system.fqdn': dotted(bosslet, 'auth'),
        'system.type': 'auth',
        'aws.db': 'keycloak',
      }),
      loadBalancer: 'AuthLoadBalancer',
      dependsOn: ['AuthDB', ...afterNames],
    }),
  };
}
