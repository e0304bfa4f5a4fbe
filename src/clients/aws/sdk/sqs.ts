/** What is used of the package, by name: a bundle then leaves out the rest. */
export { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
