import * as z from 'zod';
import { binFolder } from './bossManage.ts';
import { type Found, ok, stop, warn } from './finding.ts';
import type { ReadContext } from './kind.ts';

/** What boss-manage's requirements.txt and its libraries ask of a Python, by the name that is imported. */
const MODULES: Readonly<Record<string, { readonly install: string; readonly below?: number }>> = {
  boto3: { install: 'boto3' },
  botocore: { install: 'botocore' },
  // hvac 1.0 took auth_ec2 away.
  hvac: { install: "'hvac<1.0'", below: 1 },
  yaml: { install: "'PyYAML>=5.2'" },
  // heaviside's parser.
  funcparserlib: { install: 'funcparserlib==0.3.6', below: 1 },
  iso8601: { install: 'iso8601' },
};

/** Older ones lack the syntax, newer ones `collections.Mapping`, which heaviside takes. */
const OLDEST = [3, 7] as const;
const NEWEST = [3, 9] as const;

/**
 * Constant text, for Python 2 as well. Imports each module that it is named, and prints what came of it as JSON: its
 * version (an empty text where it has none), or null where it cannot be imported.
 */
const ASK = `
import json, sys
def version(name):
    try:
        __import__(name)
    except Exception:
        return None
    try:
        from importlib.metadata import version as of
        return of('PyYAML' if name == 'yaml' else name)
    except Exception:
        return str(getattr(sys.modules[name], '__version__', ''))
print(json.dumps({'python': list(sys.version_info[:3]), 'modules': dict((name, version(name)) for name in sys.argv[1:])}))
`;

const answer = z.object({
  python: z.tuple([z.number(), z.number(), z.number()]),
  modules: z.record(z.string(), z.string().nullable()),
});
export type AboutPython = z.infer<typeof answer>;

/** Asks an interpreter for its version and its modules. A sentence where it cannot be asked. */
export async function askPython(
  { read, bosslet, signal }: ReadContext,
  program: string,
): Promise<AboutPython | string> {
  const args = ['-c', ASK, ...Object.keys(MODULES)];
  const { exitCode, output } = await read.scripts.capture({ file: program, args, cwd: binFolder(bosslet) }, signal);
  if (exitCode !== 0) return `${program} ended with exit ${exitCode} when it was asked for its modules.`;
  try {
    return answer.parse(JSON.parse(output));
  } catch {
    return `${program} gave no answer that can be read when it was asked for its modules.`;
  }
}

/** `areFine`: the scripts say that they can run all the same. */
export function pythonFindings(
  interpreter: string,
  about: AboutPython | string,
  areFine: boolean,
): Found | readonly Found[] {
  if (typeof about === 'string') return stop(about, `Try ${interpreter} -c 'import boto3' by hand.`);
  const version = about.python.join('.');
  if (isBefore(about.python, OLDEST) || isBefore(NEWEST, about.python))
    return stop(
      `${interpreter} is Python ${version}; the scripts need 3.7 to 3.9, because of their heaviside library.`,
      'Install a Python from 3.7 to 3.9 with its modules, and name it by python in the configuration.',
    );
  const level = areFine ? warn : stop;
  const found = Object.entries(MODULES).flatMap(([module, { below }]): readonly Found[] => {
    const has = about.modules[module];
    if (has === null || has === undefined)
      return [level(`${interpreter} lacks the module ${module}.`, installing(interpreter, module))];
    if (below !== undefined && Number.parseInt(has, 10) >= below)
      return [
        level(
          `${interpreter} has ${module} ${has}, and the scripts need one below ${below}.0.`,
          installing(interpreter, module),
        ),
      ];
    return [];
  });
  return found.length > 0 ? found : ok(`${interpreter} is Python ${version}, with its modules`);
}

/** Compares major and minor. */
const isBefore = ([a = 0, b = 0]: readonly number[], [c = 0, d = 0]: readonly number[]): boolean =>
  a < c || (a === c && b < d);

/** How a module is got, by the name that is imported. */
export function installing(interpreter: string, module: string): string {
  const [first = module] = module.split('.');
  return `${interpreter} -m pip install ${MODULES[first]?.install ?? first}`;
}
