/** A text as templates hold it: joined line by line. */
const joined = (text: string) => ({ 'Fn::Join': ['\n', text.trim().split('\n')] });

/** What the bastion is started with: a proxy through which vault is reached, and nothing else. */
export const BASTION_USER_DATA = {
  'Fn::Base64': joined(`
#cloud-config
packages:
    - squid

write_files:
    - content: |
            acl localhost src 127.0.0.1/32 ::1
            acl to_localhost dst 127.0.0.0/8 0.0.0.0/32 ::1
            acl localnet src 10.0.0.0/8
            acl Safe_ports port 8200

            http_access deny !Safe_ports
            http_access deny !localnet
            http_access deny to_localhost
            http_access allow localhost
            http_access deny all

            http_port 3128
      path: /etc/squid/squid.conf
      owner: root squid
      permissions: '0644'

runcmd:
    - chkconfig squid on
    - service squid start
`),
};

/** The lambda that gives new machines their names. */
export const DNS_LAMBDA = joined(`
import json
import os

import boto3

ec2 = boto3.client('ec2')
route53 = boto3.client('route53')


def handler(event, context):
    """Called by the topic of the Auto Scaling groups: sets the A record of the group's name."""
    for record in event['Records']:
        message = json.loads(record['Sns']['Message'])
        if message.get('Event') == 'autoscaling:TEST_NOTIFICATION':
            continue
        name = machine_name(message['EC2InstanceId'])
        if name is not None:
            update(name, addresses(name))


def machine_name(instance_id):
    response = ec2.describe_instances(InstanceIds=[instance_id])
    for reservation in response['Reservations']:
        for instance in reservation['Instances']:
            for tag in instance.get('Tags', []):
                if tag['Key'] == 'Name':
                    return tag['Value']
    return None


def addresses(name):
    filters = [
        {'Name': 'tag:Name', 'Values': [name]},
        {'Name': 'instance-state-name', 'Values': ['running']},
    ]
    response = ec2.describe_instances(Filters=filters)
    return [
        instance['PrivateIpAddress']
        for reservation in response['Reservations']
        for instance in reservation['Instances']
    ]


def update(name, ips):
    if len(ips) == 0:
        return
    route53.change_resource_record_sets(
        HostedZoneId=os.environ['ZONE_ID'],
        ChangeBatch={
            'Changes': [{
                'Action': 'UPSERT',
                'ResourceRecordSet': {
                    'Name': name,
                    'Type': 'A',
                    'TTL': 300,
                    'ResourceRecords': [{'Value': ip} for ip in ips],
                },
            }],
        },
    )
`);

/** The lambda that removes what other lambdas leave in the network when their stack is deleted. */
export const DELETE_ENI_LAMBDA = joined(`
import json
import time
from urllib.request import Request, urlopen

import boto3

ec2 = boto3.client('ec2')


def handler(event, context):
    """A custom resource: waits for the stack's lambdas to be gone, then deletes their interfaces."""
    if event['RequestType'] == 'Delete':
        for interface in interfaces(event['ResourceProperties']['StackName']):
            delete(interface)
    respond(event, context, 'SUCCESS')


def interfaces(stack):
    filters = [{'Name': 'description', 'Values': ['AWS Lambda VPC ENI*' + stack + '*']}]
    return ec2.describe_network_interfaces(Filters=filters)['NetworkInterfaces']


def delete(interface):
    attachment = interface.get('Attachment')
    if attachment is not None:
        ec2.detach_network_interface(AttachmentId=attachment['AttachmentId'], Force=True)
        time.sleep(10)
    ec2.delete_network_interface(NetworkInterfaceId=interface['NetworkInterfaceId'])


def respond(event, context, status):
    body = {
        'Status': status,
        'PhysicalResourceId': context.log_stream_name,
        'StackId': event['StackId'],
        'RequestId': event['RequestId'],
        'LogicalResourceId': event['LogicalResourceId'],
    }
    urlopen(Request(event['ResponseURL'], data=json.dumps(body).encode(), method='PUT'))
`);
