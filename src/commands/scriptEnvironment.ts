import type { Bosslet } from '../bosslet/bosslet.ts';

/** boss-manage takes them before AWS_PROFILE. */
const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN'] as const;

/**
 * The environment of boss-manage's scripts in production: the operator's own, unbuffered, in the bosslet's region (which
 * boto3 knows only as AWS_DEFAULT_REGION). Where the bosslet has a profile, its account is that profile's and not that
 * of keys which stand there too: our own clients act for the profile as well.
 */
export function scriptEnvironment(
  { region, profile }: Pick<Bosslet, 'region' | 'profile'>,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const taken: ReadonlySet<string> = new Set(profile === undefined ? [] : KEYS);
  const own = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value === undefined || taken.has(name) ? [] : [[name, value]],
  );
  return {
    ...Object.fromEntries(own),
    PYTHONUNBUFFERED: '1',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(profile === undefined ? {} : { AWS_PROFILE: profile }),
  };
}
