import { access, appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CopyImageCommand, EC2Client } from '@aws-sdk/client-ec2';
import { parseArguments } from '../commandLine.ts';
import { findImages } from '../images.ts';
import { bossletNames, bossletOf, headOf, type NamedBosslet, type Script, type ScriptContext } from '../script.ts';
import { KeyboardInterrupt } from '../scriptErrors.ts';
import { calling, sessionOf } from '../session.ts';

const MACHINES = ['activities', 'auth', 'backup', 'cachemanager', 'endpoint', 'vault', 'lambda'];
/** Those that `all` means. */
const ALL = ['activities', 'auth', 'cachemanager', 'endpoint', 'vault'];
const BASE_AMI = 'ami-0ba5e20040000001a';

const PROVISIONING = 'Provisioning with Salt...';
/** Stages of a build with the clock milliseconds that each takes. */
const BUILD: readonly (readonly [ms: number, line: string])[] = [
  [5_000, '    amazon-ebs: Prevalidating any provided VPC information'],
  [10_000, '==> amazon-ebs: Launching a source AWS instance...'],
  [45_000, '==> amazon-ebs: Waiting for SSH to become available...'],
  [15_000, '==> amazon-ebs: Connected to SSH!'],
  [60_000, `==> amazon-ebs: ${PROVISIONING}`],
  [60_000, '    amazon-ebs: Summary for local'],
  [20_000, '==> amazon-ebs: Stopping the source instance...'],
];

interface Build {
  readonly machine: string;
  readonly imageName: string;
  readonly head: string;
  readonly force: boolean;
  readonly log: string;
}

/** `packer.py BOSSLET CONFIG…`: builds an AMI for each machine, side by side. Exit 0 whatever becomes of them. */
export const run: Script = async (context) => {
  const { terminal } = context;
  const { options, positionals } = parseArguments(
    {
      program: context.program,
      options: {
        '--single-thread': {},
        '--force': { short: '-f' },
        '--ami-version': { metavar: '<ami-version>' },
        '--base-ami': { metavar: '<base-ami>' },
      },
      positionals: [
        { name: 'bosslet_name', choices: bossletNames(context) },
        { name: '<config>', choices: [...MACHINES, 'all'], repeats: '+' },
      ],
    },
    context.args,
    terminal,
  );
  const bosslet = bossletOf(context, positionals.get('bosslet_name')?.[0]);
  const named = positionals.get('<config>') ?? [];
  const head = await headOf(context);
  const version = options.get('--ami-version') ?? `h${head.slice(0, 8)}`;
  const logs = join(context.checkout, 'packer', 'logs');
  await mkdir(logs, { recursive: true });

  const builds: Promise<void>[] = [];
  for (const machine of named.includes('all') ? ALL : named) {
    terminal.print(`Launching ${machine} configuration`);
    const imageName = `${machine}${bosslet.amiSuffix}-${version}`;
    const log = join(logs, `${machine}.log`);
    const building = build(context, bosslet, {
      machine,
      imageName,
      head,
      force: options.has('--force'),
      log,
    });
    if (options.has('--single-thread')) {
      terminal.print('Waiting for build to finish');
      await building;
    } else builds.push(building);
  }
  terminal.print('Waiting for all builds started to finish');
  try {
    await Promise.all(builds);
  } catch (error) {
    if (!(error instanceof KeyboardInterrupt)) throw error;
    terminal.print('Killing builds');
  }
};

/** The machine whose first build fails where the world says so, and the end of Salt's report of it. */
const FAILS = 'endpoint';
const FAILED_STATE = [
  '    amazon-ebs:           ID: python-requirements',
  '    amazon-ebs:     Function: pip.installed',
  '    amazon-ebs:       Result: False',
  '    amazon-ebs:      Comment: Failed to install packages: Could not find a version that satisfies the requirement',
];
const FAILED_EXIT = 'Error executing salt-call: Bad exit status: 2';

/** Whether this build is the one that fails: the first that the checkout sees of that machine. */
async function fails({ world }: ScriptContext, { machine, log }: Build): Promise<boolean> {
  if (!world.faults.includes('ami-build-failed') || machine !== FAILS) return false;
  return access(log).then(
    () => false,
    () => true,
  );
}

/** One run of packer, told by its log alone. */
async function build(context: ScriptContext, bosslet: NamedBosslet, run: Build): Promise<void> {
  const say = (text: string) => appendFile(run.log, `${text}\n`);
  const isToFail = await fails(context, run);
  await writeFile(run.log, 'amazon-ebs: output will be in this color.\n\n');
  await say(`==> amazon-ebs: Prevalidating AMI Name: ${run.imageName}`);
  const [taken] = await findImages(context, bosslet, run.imageName);
  const failure =
    taken && !run.force
      ? `Error: AMI Name: '${run.imageName}' is used by an existing AMI: ${taken.imageId}`
      : undefined;
  if (failure) return await noArtifact(say, failure);
  for (const [ms, line] of BUILD) {
    await context.terminal.sleep(ms);
    await say(line);
    if (isToFail && line.endsWith(PROVISIONING)) return await noArtifact(say, FAILED_EXIT, FAILED_STATE);
  }
  try {
    await say(`==> amazon-ebs: Creating AMI ${run.imageName} from instance`);
    const imageId = await createImage(context, bosslet, run);
    await context.terminal.sleep(30_000);
    await say('==> amazon-ebs: Terminating the source AWS instance...');
    await say("Build 'amazon-ebs' finished.\n");
    await say('==> Builds finished. The artifacts of successful builds are:');
    await say(`--> amazon-ebs: AMIs were created:\n${bosslet.region}: ${imageId}\n`);
  } catch (error) {
    if (error instanceof KeyboardInterrupt) throw error;
    await noArtifact(say, error instanceof Error ? error.message : String(error));
  }
}

async function noArtifact(
  say: (text: string) => Promise<void>,
  problem: string,
  before: readonly string[] = [],
): Promise<void> {
  for (const line of before) await say(line);
  await say(`==> amazon-ebs: ${problem}`);
  await say(`Build 'amazon-ebs' errored: ${problem}\n`);
  await say("==> Some builds didn't complete successfully and had errors:");
  await say(`--> amazon-ebs: ${problem}\n`);
  await say('==> Builds finished but no artifacts were created.');
}

/** What the machine's newest image becomes: a copy of it under the new name stands for what packer makes. */
async function createImage(context: ScriptContext, bosslet: NamedBosslet, run: Build): Promise<string> {
  const [latest] = await findImages(context, bosslet, `${run.machine}${bosslet.amiSuffix}-h*`);
  if (!latest) throw new Error(`There is no image of ${run.machine} to build on.`);
  const client = new EC2Client(sessionOf(context, bosslet));
  const { ImageId = '' } = await calling(
    'CopyImage',
    client.send(
      new CopyImageCommand({
        Name: run.imageName,
        SourceImageId: latest.imageId,
        SourceRegion: bosslet.region,
        TagSpecifications: [
          {
            ResourceType: 'image',
            Tags: [
              { Key: 'Base AMI', Value: BASE_AMI },
              { Key: 'Commit', Value: run.head },
            ],
          },
        ],
      }),
    ),
  );
  return ImageId;
}
