/** What a release changes each time, because new images come with it. Only a `Modify` is usual: nothing usually goes. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  core: ['Vault', 'VaultConfiguration', 'Auth', 'AuthConfiguration'],
  api: ['Endpoint', 'EndpointConfiguration'],
  // The record follows the instance, which gets another address.
  cachedb: ['CacheManager', 'CacheManagerRecord'],
  activities: ['Activities', 'ActivitiesConfiguration'],
};

/** A logical id means what it says only together with its type. */
const USUAL_TYPES: ReadonlySet<string> = new Set([
  'AWS::AutoScaling::AutoScalingGroup',
  'AWS::AutoScaling::LaunchConfiguration',
  'AWS::EC2::Instance',
  'AWS::Route53::RecordSet',
]);

export const isUsual = (
  config: string,
  change: { readonly action: string; readonly logicalResourceId: string; readonly resourceType: string },
): boolean =>
  change.action === 'Modify' &&
  USUAL_TYPES.has(change.resourceType) &&
  (USUAL[config] ?? []).includes(change.logicalResourceId);
