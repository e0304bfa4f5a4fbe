/** What is used of the package, by name: a bundle then leaves out the rest. */
export { DescribeRuleCommand, DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
