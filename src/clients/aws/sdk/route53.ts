/** What is used of the package, by name: a bundle then leaves out the rest. */
export {
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  RRType,
} from '@aws-sdk/client-route-53';
