import { readFile } from 'node:fs/promises';

/** This program's version, from the package that it was installed as. */
export async function programVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8').catch(() => '{}');
  const { version } = JSON.parse(text) as { readonly version?: string };
  return version ?? '0.0.0';
}
