import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A package of the project, from wherever a script lies. */
const PROJECT = fileURLToPath(new URL('../../package.json', import.meta.url));

/**
 * `cloudformation.py update BOSSLET redis` on an AWS that is not ours, with the prompt and the words of the real one:
 * the stack as it is deployed with one property changed, so that any AWS can make it.
 */
const UPDATE = `#!/usr/bin/env node
const { createRequire } = require('node:module');
const { execFileSync } = require('node:child_process');
const { createInterface } = require('node:readline/promises');
const sdk = createRequire(${JSON.stringify(PROJECT)})('@aws-sdk/client-cloudformation');

async function main() {
  const [action, bosslet, config] = process.argv.slice(2).filter((word) => !/^(--.*|production|latest)$/.test(word));
  if (action !== 'update' || config !== 'redis') throw new Error('only redis, and only its update');
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: __dirname, encoding: 'utf8' }).trim();
  const client = new sdk.CloudFormationClient({});
  const StackName = 'Redis' + bosslet.split('.').map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  const ChangeSetName = 'h' + head;
  process.stdout.write('Execution Order:\\n\\tredis\\n\\n');
  const { TemplateBody } = await client.send(new sdk.GetTemplateCommand({ StackName }));
  const template = JSON.parse(TemplateBody);
  template.Resources.CacheAlarms.Properties.DisplayName = 'cache ' + head.slice(0, 7);
  const { Stacks } = await client.send(new sdk.DescribeStacksCommand({ StackName }));
  await client.send(new sdk.CreateChangeSetCommand({
    StackName,
    ChangeSetName,
    ChangeSetType: 'UPDATE',
    TemplateBody: JSON.stringify(template),
    Parameters: (Stacks[0].Parameters ?? []).map(({ ParameterKey }) => ({ ParameterKey, UsePreviousValue: true })),
    Tags: [{ Key: 'StackVersion', Value: '1' }, { Key: 'Commit', Value: head }],
  }));
  const { Changes = [] } = await client.send(new sdk.DescribeChangeSetCommand({ StackName, ChangeSetName }));
  process.stdout.write('Action    Logical ID\\n');
  for (const { ResourceChange } of Changes)
    process.stdout.write(ResourceChange.Action.padEnd(10) + ResourceChange.LogicalResourceId + '\\n');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Apply Update? [y/N]: ');
  terminal.close();
  if (answer !== 'y') {
    await client.send(new sdk.DeleteChangeSetCommand({ StackName, ChangeSetName }));
    process.stdout.write('Boss Manage Error: Action Canceled\\n');
    process.exit(2);
  }
  await client.send(new sdk.ExecuteChangeSetCommand({ StackName, ChangeSetName }));
  process.stdout.write("Waiting for update .. done\\nUpdated stack '" + StackName + "'\\n");
}
main().catch((error) => {
  process.stderr.write(String(error) + '\\n');
  process.exit(1);
});
`;

/** Puts that script into a checkout and commits it. */
export async function installPlainUpdate(checkout: string): Promise<void> {
  const file = join(checkout, 'bin', 'cloudformation.py');
  await writeFile(file, UPDATE);
  await chmod(file, 0o755);
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  await promisify(execFile)('git', [...identity, 'commit', '-qam', 'Update redis on any AWS'], { cwd: checkout });
}
