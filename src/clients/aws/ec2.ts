import type { Instance as SdkInstance, Tag } from '@aws-sdk/client-ec2';
import type { Ec2Act, Ec2Read, Image, Instance } from '../doors.ts';
import { allOf, type Connection, present } from './connection.ts';
import { redactRecord } from './redaction.ts';

const tagsOf = (tags: readonly Tag[] | undefined) =>
  redactRecord(Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])));

const timeOf = (text: string | undefined) => {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? 0 : ms;
};

const instanceOf = (instance: SdkInstance): Instance => ({
  instanceId: instance.InstanceId ?? '',
  name: tagsOf(instance.Tags).Name ?? '',
  state: instance.State?.Name ?? '',
  launchTimeMs: instance.LaunchTime?.getTime() ?? 0,
  ...present({
    privateIpAddress: instance.PrivateIpAddress,
    publicIpAddress: instance.PublicIpAddress,
    imageId: instance.ImageId,
  }),
});

/** Images are looked for among those of all owners, which takes EC2 long. Real milliseconds. */
const SEARCH_TIMEOUT_MS = 60_000;

export function createEc2(connection: Connection): Ec2Read & Ec2Act {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/ec2.ts');
    const requestHandler = { ...config.requestHandler, requestTimeout: SEARCH_TIMEOUT_MS };
    return { sdk, client: new sdk.EC2Client({ ...config, requestHandler }) };
  });
  return {
    images: (namePatterns, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        // A filter without values is none: it would list every public image there is.
        if (namePatterns.length === 0) return [];
        const Filters = [{ Name: 'name', Values: [...namePatterns] }];
        const all = await allOf(
          (NextToken) => client.send(new sdk.DescribeImagesCommand({ Filters, NextToken }), options),
          (page) => page.NextToken,
          (page) => page.Images,
        );
        const images: Image[] = all.map((image) => ({
          imageId: image.ImageId ?? '',
          name: image.Name ?? '',
          ownerId: image.OwnerId ?? '',
          creationTimeMs: timeOf(image.CreationDate),
          state: image.State ?? '',
          tags: tagsOf(image.Tags),
        }));
        return images.sort((a, b) => b.creationTimeMs - a.creationTimeMs);
      }),
    instances: (names, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        if (names.length === 0) return [];
        const Filters = [
          { Name: 'tag:Name', Values: [...names] },
          {
            Name: 'instance-state-name',
            Values: ['pending', 'running', 'shutting-down', 'stopping', 'stopped'],
          },
        ];
        const all = await allOf(
          (NextToken) => client.send(new sdk.DescribeInstancesCommand({ Filters, NextToken }), options),
          (page) => page.NextToken,
          (page) => page.Reservations,
        );
        return all.flatMap(({ Instances }) => (Instances ?? []).map(instanceOf));
      }),
    copyImage: ({ sourceImageId, name, tags, clientToken }, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        // AWS keeps the names that begin with `aws:` for itself and refuses them.
        const Tags = Object.entries(tags)
          .filter(([key]) => !key.startsWith('aws:'))
          .map(([Key, Value]) => ({ Key, Value }));
        const command = new sdk.CopyImageCommand({
          SourceImageId: sourceImageId,
          SourceRegion: connection.options.region,
          Name: name,
          ClientToken: clientToken,
          ...(Tags.length > 0 ? { TagSpecifications: [{ ResourceType: 'image', Tags }] } : {}),
        });
        const { ImageId } = await client.send(command, options);
        if (ImageId === undefined)
          throw new Error(`EC2 gave no id for the copy ${name} of ${sourceImageId}; look at the images of that name.`);
        return ImageId;
      }),
  };
}
