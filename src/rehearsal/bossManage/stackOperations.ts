import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type * as Sdk from '@aws-sdk/client-cloudformation';
import type { Config } from '../../bosslet/bosslet.ts';
import { changeSetName } from '../../bosslet/names.ts';
import type { ScriptContext } from './script.ts';
import { BossManageError, PythonError } from './scriptErrors.ts';
import type { StackApi, StackRequest } from './stackApi.ts';

/** How often the scripts look whether an operation has ended, in milliseconds of the clock. */
const POLL_MS = 5_000;
/** The same in real milliseconds, however fast the clock runs: each look costs the machine as much as ever. */
const SHORTEST_POLL_MS = 200;
/** Between looks for the beginning of an update. */
const BEGUN_MS = 500;

/** What one operation on a stack works with. */
export interface StackWork {
  readonly context: ScriptContext;
  readonly stacks: StackApi;
  readonly config: Config;
  readonly request: StackRequest;
  readonly head: string;
}

/** What an update asks besides `Apply Update?`. */
export interface UpdateOptions {
  /** `--disable-preview`: no change set, no prompt. */
  readonly disablePreview: boolean;
  /** Asked once the change set is approved and before it runs; throws to cancel. */
  readonly beforeApply: (existingVersion: number) => Promise<void>;
  /** After n at `Apply Update?`. */
  readonly declined: () => Promise<void>;
}

/** What `n` at a prompt ends with. */
export const canceled = () => new BossManageError('Action Canceled');

/**
 * Updates by a change set that is named after HEAD. Where nothing changed, the change set and the progress file stay
 * behind; a failure ends with every reason in the stack's history, while its rollback still runs.
 */
export async function updateStack(work: StackWork, options: UpdateOptions): Promise<void> {
  const { context, stacks, request } = work;
  const version = versionOf(await stacks.describe(request.stackName));
  const progress = progressFile(context, work.config);
  await mkdir(dirname(progress), { recursive: true });
  await writeFile(progress, String(version));

  if (options.disablePreview) await stacks.updateStack(request);
  else if (!(await previewed(work, options, version))) return;
  await begun(work);
  if (context.world.faults.includes('script-crash') && work.config === 'core') {
    context.terminal.write('Waiting for update ..');
    throw new PythonError('ConnectionResetError', '[Errno 104] Connection reset by peer');
  }

  const status = await poll(work, 'update', 'UPDATE_IN_PROGRESS');
  if (status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')
    await poll(work, 'update cleanup', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  else if (status !== 'UPDATE_COMPLETE') throw await failed(work, status);
  context.terminal.print(`Updated stack '${request.stackName}'`);
  await rm(progress, { force: true });
}

/** Right after a change set is executed, a stack may still be shown as it was before: then there is nothing to wait for. */
async function begun({ context, stacks, request }: StackWork): Promise<void> {
  for (let waitedMs = 0; waitedMs < POLL_MS; waitedMs += BEGUN_MS) {
    if ((await stacks.describe(request.stackName))?.StackStatus?.endsWith('_IN_PROGRESS')) return;
    await context.terminal.sleep(BEGUN_MS);
  }
}

/** Makes the change set, shows it and asks; whether it is now running. */
async function previewed(work: StackWork, options: UpdateOptions, version: number): Promise<boolean> {
  const { stacks, request, head } = work;
  const name = changeSetName(head);
  // Outside of what is cleaned up: one that is left over from before is not ours to delete.
  await stacks.createChangeSet(request, name);
  try {
    return await approved(work, options, name, version);
  } catch (error) {
    await stacks.deleteChangeSet(request.stackName, name);
    throw error;
  }
}

async function approved(work: StackWork, options: UpdateOptions, name: string, version: number): Promise<boolean> {
  const { stacks, request } = work;
  const { terminal } = work.context;
  let changeSet: Sdk.DescribeChangeSetCommandOutput;
  do {
    await terminal.sleep(POLL_MS);
    changeSet = await stacks.describeChangeSet(request.stackName, name);
  } while (changeSet.Status === 'CREATE_PENDING' || changeSet.Status === 'CREATE_IN_PROGRESS');

  if (changeSet.Status !== 'CREATE_COMPLETE') {
    const reason = changeSet.StatusReason ?? '';
    if (/didn't contain changes|No updates are to be performed/.test(reason)) {
      terminal.message('info', 'No changes detected, nothing to update');
      return false;
    }
    terminal.print(`ChangeSet status is ${changeSet.Status}`);
    throw new BossManageError(reason);
  }
  for (const row of changeTable(changeSet.Changes ?? [])) terminal.print(row);
  if (!(await terminal.confirm('Apply Update?', false))) {
    await options.declined();
    throw canceled();
  }
  await options.beforeApply(version);
  await stacks.executeChangeSet(request.stackName, name);
  return true;
}

/** Widths of the table's columns; a longer text runs into the next. */
const WIDTHS = [10, 30, 50, 45, 14] as const;

/** The change set's table, its header first. Pure. */
export function changeTable(changes: readonly Sdk.Change[]): readonly string[] {
  const row = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(WIDTHS[at] ?? 0)).join('');
  const short = (text: string) => (text.length > 45 ? `${text.slice(0, 42)}...` : text);
  return [
    row(['Action', 'Logical ID', 'Physical ID', 'Resource Type', 'Replacement', 'Scope']),
    ...changes
      .flatMap(({ Type, ResourceChange }) => (Type === 'Resource' && ResourceChange ? [ResourceChange] : []))
      .map((change) =>
        row([
          change.Action ?? '',
          change.LogicalResourceId ?? '',
          short(change.PhysicalResourceId ?? ''),
          change.ResourceType ?? '',
          change.Replacement ?? '',
          (change.Scope ?? []).join(', '),
        ]),
      ),
  ];
}

export async function createStack(work: StackWork): Promise<void> {
  const { stacks, request, context } = work;
  await stacks.createStack(request);
  const status = await poll(work, 'create', 'CREATE_IN_PROGRESS');
  if (status !== 'CREATE_COMPLETE') throw await failed(work, status);
  context.terminal.print(`Created stack '${request.stackName}'`);
}

export async function deleteStack(work: StackWork): Promise<void> {
  const { stacks, request, context } = work;
  await stacks.deleteStack(request.stackName);
  let status: string;
  try {
    status = await poll(work, 'delete', 'DELETE_IN_PROGRESS');
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    // A deleted stack is not found by its name any more.
    context.terminal.print(' done');
    return;
  }
  if (status !== 'DELETE_COMPLETE') throw await failed(work, status);
  context.terminal.print(`Deleted stack '${request.stackName}'`);
}

/** One dot for each look, until the stack is in another status; returns that one. */
async function poll({ context, stacks, request }: StackWork, what: string, status: string): Promise<string> {
  const { terminal } = context;
  const look = async () => (await stacks.describe(request.stackName))?.StackStatus ?? '';
  let now = await look();
  terminal.write(`Waiting for ${what} `);
  while (now === status) {
    await terminal.sleep(Math.max(POLL_MS, SHORTEST_POLL_MS * context.clock.speed));
    terminal.write('.');
    now = await look();
  }
  terminal.print(' done');
  return now;
}

async function failed({ stacks, request }: StackWork, status: string): Promise<BossManageError> {
  const told = status.includes('FAILED') || status.includes('ROLLBACK');
  return new BossManageError(
    `Status of stack '${request.stackName}' is '${status}'`,
    told ? await stacks.failures(request.stackName) : [],
  );
}

const progressFile = ({ checkout }: ScriptContext, config: Config) =>
  join(checkout, 'cloud_formation', 'configs', 'migrations', config, 'progress');

/** A stack that was made before versions were tagged is at version 1. */
const versionOf = (stack: Sdk.Stack | undefined): number =>
  Number(stack?.Tags?.find(({ Key }) => Key === 'StackVersion')?.Value ?? 1);
