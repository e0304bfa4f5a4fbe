import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/rehearsal/bossManage/expression.ts';
import { pformat, repr } from '../../../src/rehearsal/bossManage/python.ts';

describe('values as Python shows them', () => {
  test('literals', () => {
    expect(repr({ a: null, b: [true, 2], c: "it's" })).toBe(`{'a': None, 'b': [True, 2], 'c': "it's"}`);
  });

  test('what does not fit in 80 columns takes one line an item, keys sorted', () => {
    const zones = { lambda: ['a', 'b', 'c', 'd'], asg: ['a', 'b', 'c', 'd', 'f'], datapipeline: ['c', 'd'] };
    expect(pformat({ zones })).toBe(
      `{'zones': {'asg': ['a', 'b', 'c', 'd', 'f'],
           'datapipeline': ['c', 'd'],
           'lambda': ['a', 'b', 'c', 'd']}}`,
    );
  });

  test('no line is longer than it must be', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.array(fc.integer(), { maxLength: 30 })),
        (value) => {
          const lines = pformat(value).split('\n');
          expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
        },
      ),
    );
  });
});

describe('expressions on a bosslet', () => {
  const names = {
    bosslet: {
      ACCOUNT_ID: 1,
      names: { core: { stack: 'CoreProductionBoss' }, public_dns: (name: string) => `${name}.io` },
    },
    __import__: () => ({ dumps: (value: unknown) => JSON.stringify(value) }),
  };

  test('read names, items and calls', () => {
    expect(
      evaluate(
        `__import__("json").dumps({"a": bosslet.names["core"]["stack"], 'b': [bosslet.names.public_dns("api"), None]})`,
        names,
      ),
    ).toBe('{"a":"CoreProductionBoss","b":["api.io",null]}');
  });

  test.each(['bosslet.', 'os.system("x")', '{"a" 1}', 'bosslet; 1'])('%s is refused', (source) => {
    expect(() => evaluate(source, names)).toThrow();
  });
});
