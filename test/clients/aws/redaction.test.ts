import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactTemplate, redactValue } from '../../../src/clients/aws/redaction.ts';
import { MASK } from '../../../src/text/secret.ts';

describe('a property’s value', () => {
  it.each([
    ['hunter2', ['MasterUserPassword'], MASK],
    ['hunter2', ['Environment', '/Properties/Environment/0/SecretValue'], MASK],
    ['{"password":"hunter2","size":1}', [], `{"password":"${MASK}","size":1}`],
    [
      '[{"Name":"DB_PASSWORD","Value":"hunter2"},{"Name":"PATH","Value":"/bin"}]',
      [],
      `[{"Name":"DB_PASSWORD","Value":"${MASK}"},{"Name":"PATH","Value":"/bin"}]`,
    ],
    ['{"config":"{\\"token\\":\\"hunter2\\"}"}', [], JSON.stringify({ config: JSON.stringify({ token: MASK }) })],
    ['[auth]\npassword = hunter2\n', ['UserData'], MASK],
    ['ami-0123', ['ImageId', '/Properties/ImageId'], 'ami-0123'],
    ['{ "a": 1 }', [], '{ "a": 1 }'],
    ['arn:aws:secretsmanager:us-east-1:1:secret:db', ['Arn'], 'arn:aws:secretsmanager:us-east-1:1:secret:db'],
    ['https://user@example.org/?token=hunter2', ['Url'], MASK],
  ])('%s under %j', (value, names, shown) => {
    expect(redactValue(value, ...names)).toBe(shown);
  });

  it('under a secret’s name is never shown, wherever in the JSON it is', () => {
    const marked = 'S3cretRealmPw0001';
    const holding = fc.letrec((tie) => ({
      any: fc.oneof({ depthSize: 'small' }, tie('secret'), tie('list'), tie('record')),
      secret: fc.constantFrom('password', 'AuthToken', 'client_secret').map((name) => ({ [name]: marked })),
      list: fc.array(tie('any'), { maxLength: 3 }),
      record: fc.dictionary(fc.constantFrom('a', 'Environment', 'Tags'), tie('any'), { maxKeys: 3 }),
    })).any;
    fc.assert(
      fc.property(holding, (value) => {
        expect(redactValue(JSON.stringify(value))).not.toContain(marked);
        expect(redactValue(JSON.stringify({ inner: JSON.stringify(value) }))).not.toContain(marked);
      }),
    );
  });
});

describe('a template', () => {
  it('keeps its resources, whatever they are called, and loses its passwords', () => {
    const template = {
      Parameters: { DbPassword: { Type: 'String', NoEcho: true, Default: 'hunter2' } },
      Resources: {
        TokenTable: {
          Type: 'AWS::DynamoDB::Table',
          Properties: { TableName: 'tokens', BillingMode: 'PAY_PER_REQUEST' },
        },
        EndpointDb: {
          Type: 'AWS::RDS::DBInstance',
          DeletionPolicy: 'Delete',
          Properties: { MasterUserPassword: 'hunter2', AllocatedStorage: '5' },
        },
      },
    };
    const shown = JSON.parse(redactTemplate(JSON.stringify(template)));
    expect(shown.Parameters.DbPassword).toEqual({ Type: 'String', NoEcho: true, Default: MASK });
    expect(shown.Resources.TokenTable).toEqual(template.Resources.TokenTable);
    expect(shown.Resources.EndpointDb).toEqual({
      Type: 'AWS::RDS::DBInstance',
      DeletionPolicy: 'Delete',
      Properties: { MasterUserPassword: MASK, AllocatedStorage: '5' },
    });
  });

  it('without secrets stays as it is to the letter', () => {
    const text = '{\n    "Resources": { "A": { "Type": "AWS::SQS::Queue" } }\n}';
    expect(redactTemplate(text)).toBe(text);
  });

  it('in YAML loses the values after secrets’ names', () => {
    const text = 'Resources:\n  Db:\n    Properties:\n      MasterUserPassword: hunter2\n      Size: 5\n';
    expect(redactTemplate(text)).toBe(text.replace('hunter2', MASK));
  });
});
