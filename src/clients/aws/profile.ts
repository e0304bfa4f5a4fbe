import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sanitiseLine } from '../../text/sanitise.ts';

/** Where the standard chain takes the credentials from, as far as files and environment tell. */
export type CredentialsSource =
  | { readonly is: 'profileMissing'; readonly profile: string; readonly known: readonly string[] }
  | { readonly is: 'sso'; readonly profile: string; readonly tokenFile: string }
  | { readonly is: 'login' | 'process' | 'keys' | 'renewed'; readonly profile: string }
  | { readonly is: 'environment' }
  | { readonly is: 'none' };

type Environment = Readonly<Record<string, string | undefined>>;
type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Roles that lead to roles end somewhere. */
const MOST_SOURCES = 5;

/** Reads the files anew each time: they are what an operator renews. Never throws. */
export function credentialsSource(
  given: string | undefined,
  environment: Environment = process.env,
): CredentialsSource {
  const profile = given ?? environment.AWS_PROFILE;
  if (profile === undefined && environment.AWS_ACCESS_KEY_ID && environment.AWS_SECRET_ACCESS_KEY)
    return { is: 'environment' };
  const profiles = readProfiles(environment);
  const name = profile ?? 'default';
  if (profiles[name]) return sourceOf(name, profiles, environment, MOST_SOURCES);
  if (profile !== undefined) return missing(profile, profiles);
  const isGiven =
    environment.AWS_WEB_IDENTITY_TOKEN_FILE ||
    environment.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ||
    environment.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  return isGiven ? { is: 'renewed', profile: name } : { is: 'none' };
}

const missing = (profile: string, profiles: Sections): CredentialsSource => ({
  is: 'profileMissing',
  profile: sanitiseLine(profile),
  known: Object.keys(profiles).map(sanitiseLine),
});

function sourceOf(profile: string, profiles: Sections, environment: Environment, left: number): CredentialsSource {
  const fields = profiles[profile] ?? {};
  const { source_profile: source } = fields;
  if (fields.role_arn && source && source !== profile && left > 0)
    return profiles[source] ? sourceOf(source, profiles, environment, left - 1) : missing(source, profiles);
  if (fields.role_arn) return { is: 'renewed', profile };
  if (fields.aws_access_key_id) return { is: 'keys', profile };
  if (fields.credential_process) return { is: 'process', profile };
  const session = fields.sso_session ?? fields.sso_start_url;
  if (session) {
    const name = createHash('sha1').update(session).digest('hex');
    return { is: 'sso', profile, tokenFile: join(homeOf(environment), '.aws', 'sso', 'cache', `${name}.json`) };
  }
  return fields.login_session ? { is: 'login', profile } : { is: 'none' };
}

const homeOf = (environment: Environment) => environment.HOME ?? homedir();

function readProfiles(environment: Environment): Sections {
  const home = homeOf(environment);
  const config = readIni(environment.AWS_CONFIG_FILE ?? join(home, '.aws', 'config'));
  const credentials = readIni(environment.AWS_SHARED_CREDENTIALS_FILE ?? join(home, '.aws', 'credentials'));
  const profiles: Record<string, Readonly<Record<string, string>>> = {};
  for (const [name, fields] of Object.entries(config)) {
    const [, profile] =
      /^(?:profile\s+)?(default)$|^profile\s+(\S.*)$/.exec(name)?.filter((part) => part !== undefined) ?? [];
    if (profile !== undefined) profiles[profile] = fields;
  }
  for (const [name, fields] of Object.entries(credentials)) profiles[name] = { ...profiles[name], ...fields };
  return profiles;
}

/** Sections of an AWS file; nested values (indented) are left out. One that cannot be read holds nothing. */
function readIni(file: string): Sections {
  const sections: Record<string, Record<string, string>> = {};
  let current: Record<string, string> | undefined;
  for (const line of textOf(file).split(/\r?\n/)) {
    const name = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]?.replaceAll(/["']/g, '');
    if (name !== undefined) {
      current = { ...sections[name] };
      sections[name] = current;
      continue;
    }
    const [, key, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (current && key !== undefined && value !== undefined) current[key.toLowerCase()] = value;
  }
  return sections;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** When the login that SSO credentials come from ends: `renewed` where the SDK renews it; undefined where nobody can tell. */
export function ssoLoginEnd(tokenFile: string): number | 'renewed' | undefined {
  try {
    const token: unknown = JSON.parse(textOf(tokenFile));
    if (token === null || typeof token !== 'object') return undefined;
    if ('refreshToken' in token && 'clientSecret' in token) return 'renewed';
    const endMs = 'expiresAt' in token ? Date.parse(String(token.expiresAt)) : Number.NaN;
    return Number.isNaN(endMs) ? undefined : endMs;
  } catch {
    return undefined;
  }
}

/** How an operator renews credentials of this source, as the end of a sentence. */
export function renewalOf(source: CredentialsSource): string {
  const goesOn = 'boss-tui goes on by itself';
  switch (source.is) {
    case 'profileMissing': {
      const known = source.known.length > 0 ? `known are ${source.known.join(', ')}` : 'they name none';
      return `there is no profile ${source.profile} in the AWS config and credentials files (${known}): correct the profile, or make it with "aws configure --profile ${source.profile}"`;
    }
    case 'sso':
      return `run "aws sso login --profile ${source.profile}"; ${goesOn}`;
    case 'login':
      return `run "aws login --profile ${source.profile}"; ${goesOn}`;
    case 'process':
      return `make the credential_process of profile ${source.profile} give new ones; ${goesOn}`;
    case 'keys':
      return `put new keys for profile ${source.profile} into the AWS credentials file; ${goesOn}`;
    case 'renewed':
      return `renew what profile ${source.profile} gets them from; ${goesOn}`;
    case 'environment':
      return 'leave boss-tui, export new AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and start it again: it goes on where it was';
    case 'none':
      return 'set AWS_PROFILE to a profile that has some, run "aws sso login", or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY before the start';
  }
}
