import type { Account, Call } from './account.ts';
import { AwsError } from './awsError.ts';
import { page } from './page.ts';
import { entries, type Params, pairs, values } from './params.ts';
import type { QueryService } from './protocol.ts';
import { listOf, type XmlFields } from './xml.ts';

export interface Image {
  readonly imageId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly createdAtMs: number;
  state: 'pending' | 'available';
  readonly tags: Record<string, string>;
  /** What CopyImage was called with, for its idempotency. */
  readonly copy?: { readonly clientToken: string; readonly sourceImageId: string };
}
export interface Instance {
  readonly instanceId: string;
  readonly imageId: string;
  readonly launchedAtMs: number;
  readonly privateIpAddress: string;
  state: 'pending' | 'running' | 'shutting-down' | 'terminated';
  readonly tags: Record<string, string>;
  /** Put there by a seed of its own, not by a stack. */
  readonly seeded?: true;
}

const STATE_CODES = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 } as const;
/** What a copy of an AMI within a region takes. */
const COPY_MS = 240_000;
const RUNNING_AFTER_MS = 15_000;
const TERMINATED_AFTER_MS = 30_000;
/** A terminated instance stays in the lists for about an hour. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** What an instance is launched with. */
export interface Launch {
  readonly imageId: string;
  /** The Name tag. */
  readonly name: string;
  /** Absent: a new one. */
  readonly instanceId?: string;
  /** Present: it was launched then and runs since. */
  readonly launchedAtMs?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Launches an instance, as an Auto Scaling group or a stack does. */
export function launch({ aws, account }: Call, { imageId, name, instanceId, launchedAtMs, tags }: Launch): Instance {
  const [a, b] = [...aws.ids.hex(4)].map((digit) => Number.parseInt(digit, 16));
  const instance: Instance = {
    instanceId: instanceId ?? `i-0${aws.ids.hex(16)}`,
    imageId,
    launchedAtMs: launchedAtMs ?? aws.agenda.now(),
    privateIpAddress: `10.103.${(a ?? 0) + 1}.${(b ?? 0) * 8 + 10}`,
    state: launchedAtMs === undefined ? 'pending' : 'running',
    tags: { Name: name, ...tags },
  };
  account.instances.push(instance);
  aws.agenda.at(aws.agenda.now() + RUNNING_AFTER_MS, () => {
    if (instance.state === 'pending') instance.state = 'running';
  });
  return instance;
}

/** Terminates an instance; one that is gone stays gone. */
export function terminate({ aws, account }: Call, instanceId: string): void {
  const instance = account.instances.find((candidate) => candidate.instanceId === instanceId);
  if (!instance || instance.state === 'terminated') return;
  instance.state = 'shutting-down';
  const now = aws.agenda.now();
  aws.agenda.at(now + TERMINATED_AFTER_MS, () => {
    instance.state = 'terminated';
  });
  aws.agenda.at(now + FORGOTTEN_AFTER_MS, () => {
    const index = account.instances.indexOf(instance);
    if (index !== -1) account.instances.splice(index, 1);
  });
}

/** EC2's filters: `*` and `?` are wildcards, any of the values will do, all of the filters must. */
const matches = (pattern: string, text: string) =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(text);

interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}
const filters = (params: Params): Filter[] =>
  entries(params, 'Filter').map((entry) => ({ name: entry.Name ?? '', values: values(entry, 'Value') }));

/** Keeps what passes every filter; a filter's value is read off the item by the filter's name. */
function filtered<T extends { readonly tags: Readonly<Record<string, string>> }>(
  all: readonly T[],
  params: Params,
  fields: Readonly<Record<string, (item: T) => string>>,
): T[] {
  return filters(params).reduce<T[]>(
    (left, { name, values: patterns }) => {
      const read = name.startsWith('tag:') ? ({ tags }: T) => tags[name.slice(4)] : fields[name];
      if (!read) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
      return left.filter((item) => patterns.some((pattern) => matches(pattern, read(item) ?? '\0')));
    },
    [...all],
  );
}

const tagSet = (tags: Readonly<Record<string, string>>) =>
  listOf(
    'item',
    Object.entries(tags).map(([key, value]) => ({ key, value })),
  );

const pageSize = (params: Params) => Number(params.MaxResults ?? 1_000);

function describeImages(params: Params, { account }: Call): XmlFields {
  const ids = values(params, 'ImageId');
  const owners = values(params, 'Owner').map((owner) => (owner === 'self' ? account.accountId : owner));
  const missing = ids.filter((id) => !account.images.some(({ imageId }) => imageId === id));
  if (missing.length > 0)
    throw new AwsError('InvalidAMIID.NotFound', `The image id '[${missing.join(', ')}]' does not exist`);
  const all = account.images.filter(
    ({ imageId, ownerId }) =>
      (ids.length === 0 || ids.includes(imageId)) && (owners.length === 0 || owners.includes(ownerId)),
  );
  const found = filtered(all, params, {
    name: (image) => image.name,
    'image-id': (image) => image.imageId,
    state: (image) => image.state,
    'owner-id': (image) => image.ownerId,
  });
  const { items, nextToken } = page(found, params.NextToken, pageSize(params));
  return { imagesSet: listOf('item', items.map(imageFields)), nextToken };
}

const imageFields = ({ imageId, name, ownerId, createdAtMs, state, tags }: Image): XmlFields => ({
  imageId,
  imageLocation: `${ownerId}/${name}`,
  imageState: state,
  imageOwnerId: ownerId,
  creationDate: new Date(createdAtMs),
  isPublic: false,
  architecture: 'x86_64',
  imageType: 'machine',
  name,
  rootDeviceType: 'ebs',
  tagSet: tagSet(tags),
});

function copyImage(params: Params, { aws, account }: Call): XmlFields {
  const { Name: name = '', SourceImageId: source = '', ClientToken: clientToken } = params;
  const before = account.images.find(({ copy }) => copy !== undefined && copy.clientToken === clientToken);
  if (before) {
    if (before.name === name && before.copy?.sourceImageId === source) return { imageId: before.imageId };
    throw new AwsError('IdempotentParameterMismatch', 'The client token was used with other parameters.');
  }
  if (!account.images.some(({ imageId }) => imageId === source))
    throw new AwsError('InvalidAMIID.NotFound', `The image id '[${source}]' does not exist`);
  const namesake = account.images.find((image) => image.name === name && image.ownerId === account.accountId);
  if (namesake)
    throw new AwsError('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${namesake.imageId}`);
  const image: Image = {
    imageId: `ami-0${aws.ids.hex(16)}`,
    name,
    ownerId: account.accountId,
    createdAtMs: aws.agenda.now(),
    state: 'pending',
    tags: Object.assign(
      {},
      ...entries(params, 'TagSpecification')
        .filter(({ ResourceType: type }) => type === 'image')
        .map((specification) => pairs(specification, 'Tag')),
    ),
    ...(clientToken ? { copy: { clientToken, sourceImageId: source } } : {}),
  };
  account.images.push(image);
  aws.agenda.at(image.createdAtMs + COPY_MS, () => {
    image.state = 'available';
  });
  return { imageId: image.imageId };
}

function createTags(params: Params, { account }: Call): XmlFields {
  const tagged = values(params, 'ResourceId').map((id) => {
    const found = [...account.images, ...account.instances].find((one) =>
      'instanceId' in one ? one.instanceId === id : one.imageId === id,
    );
    if (!found) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
    return found;
  });
  for (const { tags } of tagged) Object.assign(tags, pairs(params, 'Tag'));
  return { return: true };
}

function describeInstances(params: Params, { account }: Call): XmlFields {
  const ids = values(params, 'InstanceId');
  const missing = ids.filter((id) => !account.instances.some(({ instanceId }) => instanceId === id));
  if (missing.length > 0)
    throw new AwsError('InvalidInstanceID.NotFound', `The instance IDs '${missing.join(', ')}' do not exist`);
  const all = account.instances.filter(({ instanceId }) => ids.length === 0 || ids.includes(instanceId));
  const found = filtered(all, params, {
    'instance-id': (instance) => instance.instanceId,
    'instance-state-name': (instance) => instance.state,
    'image-id': (instance) => instance.imageId,
    'private-ip-address': (instance) => instance.privateIpAddress,
  });
  const { items, nextToken } = page(found, params.NextToken, pageSize(params));
  return {
    reservationSet: listOf(
      'item',
      items.map((instance) => reservation(account, instance)),
    ),
    nextToken,
  };
}

const reservation = ({ accountId }: Account, instance: Instance): XmlFields => ({
  reservationId: `r-0${instance.instanceId.slice(3)}`,
  ownerId: accountId,
  instancesSet: listOf('item', [
    {
      instanceId: instance.instanceId,
      imageId: instance.imageId,
      instanceState: { code: STATE_CODES[instance.state], name: instance.state },
      launchTime: new Date(instance.launchedAtMs),
      privateIpAddress: instance.state === 'terminated' ? undefined : instance.privateIpAddress,
      instanceType: 'm5.large',
      tagSet: tagSet(instance.tags),
    },
  ]),
});

export const ec2: QueryService = {
  protocol: 'ec2',
  xmlns: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  operations: {
    DescribeImages: describeImages,
    CopyImage: copyImage,
    CreateTags: createTags,
    DescribeInstances: describeInstances,
  },
};
