/** What is used of the package, by name: a bundle then leaves out the rest. */
export { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
