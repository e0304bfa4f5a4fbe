import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationError } from './configurationError.ts';
import type { Sourced } from './layer.ts';
import { othersMayChange } from './ownership.ts';

/** The script of a checkout that says what boss-manage knows of a bosslet. */
export const bossConfigFile = (checkout: string): string => join(checkout, 'bin', 'boss-config.py');

/**
 * The boss-manage checkout that `from` lies in; undefined where it lies in none. Nobody named it, so its script is only
 * trusted where nobody else could have put it there; throws {@link ConfigurationError} otherwise.
 */
export async function checkoutAround(from: string): Promise<Sourced<string> | undefined> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = bossConfigFile(folder);
    const about = await stat(file).catch(() => undefined);
    if (about?.isFile()) {
      const reason = await othersMayChange(file, about);
      if (reason === undefined) return { value: folder, origin: { is: 'workingFolder' } };
      throw new ConfigurationError(
        `${file} was found and not run, as it ${reason}, or name the checkout by --boss-manage.`,
      );
    }
    if (folder === dirname(folder)) return undefined;
  }
}
