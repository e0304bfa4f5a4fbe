/** What is used of the package, by name: a bundle then leaves out the rest. */
export { CloudFrontClient, ListDistributionsCommand } from '@aws-sdk/client-cloudfront';
