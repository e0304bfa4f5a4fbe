import { readdir, readFile } from 'node:fs/promises';

const FOLDER = new URL('../../src/clients/aws/', import.meta.url);

/** A package of the SDK by the name that its calls are signed with, where the two differ. */
const SIGNED_AS: Readonly<Record<string, string>> = {
  'elastic-load-balancing': 'elasticloadbalancing',
  'elastic-load-balancing-v2': 'elasticloadbalancing-v2',
  eventbridge: 'events',
  'route-53': 'route53',
};

const PACKAGE = /(?:from |import\()'(?:@aws-sdk\/client-([\w-]+)|\.\/(\w+)Sdk\.ts)'/;
const COMMAND = /\bnew (?:\w+\.)?(\w+)Command\(/;
const EITHER = new RegExp(`${PACKAGE.source}|${COMMAND.source}`, 'g');

/** Every operation that a door calls, sorted, as its source says: a command belongs to the package that was named last before it. */
export async function operationsOfDoors(): Promise<readonly string[]> {
  const operations = new Set<string>();
  for (const file of (await readdir(FOLDER)).filter((name) => name.endsWith('.ts'))) {
    let service: string | undefined;
    for (const [, named, own, command] of (await readFile(new URL(file, FOLDER), 'utf8')).matchAll(EITHER)) {
      service = named ?? own ?? service;
      if (command === undefined) continue;
      if (service === undefined) throw new Error(`${file} makes a ${command}Command before it names a package.`);
      operations.add(`${SIGNED_AS[service] ?? service} ${command}`);
    }
  }
  return [...operations].sort();
}
