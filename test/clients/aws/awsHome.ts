import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

/** A home whose `.aws` holds what the test writes there, and an environment that knows of nothing else. */
export interface AwsHome {
  readonly folder: string;
  /** Writes a file below `.aws`: `config`, `credentials`, `sso/cache/….json`. */
  write(name: string, text: string): Promise<void>;
}

export async function awsHome(files: Readonly<Record<string, string>> = {}): Promise<AwsHome> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-aws-'));
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', folder);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  const write = async (name: string, text: string) => {
    await mkdir(join(folder, '.aws', 'sso', 'cache'), { recursive: true });
    await writeFile(join(folder, '.aws', name), text);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return { folder, write };
}

/** A profile with lasting keys. */
export const keysOf = (profile: string, id: string): string =>
  `[${profile}]\naws_access_key_id = ${id}\naws_secret_access_key = x\n`;
