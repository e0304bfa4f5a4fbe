import { describe, expect, it } from 'vitest';
import { scriptEnvironment } from '../../src/commands/scriptEnvironment.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' };
const bosslet = { region: 'us-east-1', profile: 'production' };

describe("the environment of boss-manage's scripts", () => {
  it("is the operator's own, unbuffered, in the bosslet's region by every name that is read", () => {
    const environment = scriptEnvironment(
      { region: 'eu-west-1' },
      { PATH: '/bin', AWS_PROFILE: 'mine', GONE: undefined },
    );
    expect(environment).toEqual({
      PATH: '/bin',
      AWS_PROFILE: 'mine',
      PYTHONUNBUFFERED: '1',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
    });
  });

  it("acts for the bosslet's profile, as our own clients do, whatever profile and keys stand there", () => {
    const environment = scriptEnvironment(bosslet, { ...KEYS, AWS_PROFILE: 'mine', AWS_DEFAULT_REGION: 'us-west-2' });
    expect(environment).toMatchObject({ AWS_PROFILE: 'production', AWS_DEFAULT_REGION: 'us-east-1' });
    for (const key of Object.keys(KEYS)) expect(environment).not.toHaveProperty(key);
  });

  it('keeps the keys where the bosslet has no profile', () => {
    expect(scriptEnvironment({ region: 'us-east-1' }, KEYS)).toMatchObject(KEYS);
  });
});
