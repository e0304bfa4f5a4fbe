import { describe, expect, it } from 'vitest';
import { stringsOfPython } from '../../src/steps/pythonLiteral.ts';
import { emptyPasswords, LARGEST_TEMPLATE_BYTES, parseTemplate, sizeDangers } from '../../src/steps/template.ts';
import { missingPaths } from '../../src/steps/vaultExport.ts';

describe('a generated template', () => {
  it('is refused with an empty password of a database', () => {
    const database = (MasterUserPassword: unknown) => ({
      Resources: { EndpointDB: { Type: 'AWS::RDS::DBInstance', Properties: { MasterUserPassword } } },
    });
    expect(emptyPasswords(database(''))).toEqual(['EndpointDB']);
    expect(emptyPasswords(database('x'))).toEqual([]);
    expect(emptyPasswords(database({ Ref: 'P' }))).toEqual([]);
  });

  it('is too large by bytes, not by characters', () => {
    expect(sizeDangers('x'.repeat(LARGEST_TEMPLATE_BYTES))).toEqual([]);
    expect(sizeDangers('x'.repeat(LARGEST_TEMPLATE_BYTES + 1))).toHaveLength(1);
    expect(sizeDangers('ö'.repeat(LARGEST_TEMPLATE_BYTES / 2 + 1))).toHaveLength(1);
  });

  it('may be YAML where somebody deployed it by hand, and is then not compared', () => {
    expect(parseTemplate('Resources:\n  A: 1')).toBeUndefined();
  });
});

describe('what vault-read prints', () => {
  const printed = `{'auth': None,
 'data': {'client_id': 'endpoint',
          'password': 'S3cretRealmPw0001',
          'username': 'bossadmin'},
 'lease_duration': 2764800,
 'wrap_info': None}`;

  it('gives its strings', () => {
    expect(stringsOfPython(printed)).toEqual({
      client_id: 'endpoint',
      password: 'S3cretRealmPw0001',
      username: 'bossadmin',
    });
  });

  it.each([
    [String.raw`{'password': 'a\'b\\c'}`, String.raw`a'b\c`],
    [`{'password': "it's"}`, "it's"],
    [`{'password': u'x'}`, 'x'],
    [`{'password': ''}`, ''],
  ])('%s holds %s', (text, password) => {
    expect(stringsOfPython(text).password).toBe(password);
  });

  it('has no password where the path is missing', () => {
    expect(stringsOfPython('None').password).toBeUndefined();
  });
});

describe('an export of Vault', () => {
  const all = {
    'secret/auth': {},
    'secret/auth/realm': {},
    'secret/keycloak': {},
    'secret/endpoint/django': {},
    'secret/endpoint/auth': {},
  };
  it('is a backup only with the paths that a restore needs', () => {
    expect(missingPaths(JSON.stringify(all))).toEqual([]);
    const { 'secret/keycloak': _gone, ...rest } = all;
    expect(missingPaths(JSON.stringify(rest))).toEqual(['secret/keycloak']);
    expect(missingPaths('{ cut of')).toBeUndefined();
  });
});
