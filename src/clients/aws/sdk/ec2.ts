/** What is used of EC2's package, by name: a bundle then leaves out most of its 1.3 MB of operations. */
export { CopyImageCommand, DescribeImagesCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
