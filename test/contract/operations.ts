import { glob, readFile } from 'node:fs/promises';

const FOLDER = new URL('../../src/clients/aws/', import.meta.url);

/** A package of the SDK by the name that its calls are signed with, where the two differ. */
const SIGNED_AS: Readonly<Record<string, string>> = {
  'elastic-load-balancing': 'elasticloadbalancing',
  'elastic-load-balancing-v2': 'elasticloadbalancing-v2',
  eventbridge: 'events',
  'route-53': 'route53',
};

const NAMED = /\b(?:import|export) \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g;

/** Every operation whose command a door has from the SDK, sorted. Throws where it has a whole package, which names none. */
export async function operationsOfDoors(): Promise<readonly string[]> {
  const operations = new Set<string>();
  for await (const file of glob('**/*.ts', { cwd: FOLDER.pathname })) {
    const text = await readFile(new URL(file, FOLDER), 'utf8');
    if (/import\('@aws-sdk\/client-|import \* as \w+ from '@aws-sdk\/client-/.test(text))
      throw new Error(`${file} takes a whole package of the SDK; name the commands in sdk/.`);
    for (const [, names = '', client = ''] of text.matchAll(NAMED))
      for (const [, operation] of names.matchAll(/\b(\w+)Command\b/g))
        operations.add(`${SIGNED_AS[client] ?? client} ${operation}`);
  }
  return [...operations].sort();
}
