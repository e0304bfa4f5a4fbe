import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/text/json.ts';
import { sanitise, sanitiseLine } from '../../src/text/sanitise.ts';
import { isSecretName, MASK, maskUserInfo, redact, Secret } from '../../src/text/secret.ts';

describe('the sanitiser', () => {
  it.each([
    ['colour', '\x1b[31mred\x1b[0m', 'red'],
    ['a title that was not ended', 'a\x1b]0;evil', 'a'],
    ['an 8-bit title that was not ended', 'a\x9d0;evil', 'a'],
    ['bell, backspace and carriage return', 'a\x07b\x08c\rd', 'abcd'],
    ['right-to-left override', 'user\u202egpj.exe', 'usergpj.exe'],
    ['zero width', 'a\u200bb\ufeffc', 'abc'],
    ['soft hyphens, fillers and separators', 'a\u00adb\u115fc\u3164d\u180ee\u2028f\ufff9g', 'abcdefg'],
    ['tags, which spell unseen words', 'ok\u{e0064}\u{e0065}\u{e007f}', 'ok'],
    ['a line break and a tab', 'a\n\tb', 'a\n\tb'],
    ['other scripts', 'zürich 東京 🚀', 'zürich 東京 🚀'],
  ])('of %s leaves what may be drawn', (_what, given, drawn) => {
    expect(sanitise(given)).toBe(drawn);
  });

  it('leaves no control of any string, and is done after one pass', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('\x1b', ']', '[', '0', ';', '\x07', '\x9b', '\u202e', '\x9d', 'a', '\n', '\r', 'm'),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const once = sanitise(text);
        expect(once).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
        expect(sanitise(once)).toBe(once);
      }),
    );
  });

  it('makes one line of many', () => {
    expect(sanitiseLine(' a\n\n b\tc ')).toBe('a  b c');
  });
});

describe('a secret', () => {
  it('is not shown by any accident', () => {
    const secret = new Secret('hunter2');
    const shown = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }),
      String(secret),
      `${Object.values(secret)}`,
      `password: ${secret}`.concat(String(secret)),
      // As a mistake in code would: types forbid it.
      ''.concat(secret as unknown as string),
      format('%s %o %j', secret, secret, secret),
      JSON.stringify({ ...secret }),
      JSON.stringify([structuredClone({ secret })]),
      new Error(`refused: ${secret}`).stack ?? '',
      [secret].join(),
    ];
    expect(shown.join()).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
    expect(secret.length).toBe(7);
  });

  it.each(['MasterUserPassword', 'password', 'client_secret', 'authToken', 'PrivateKey', 'AWS_SECRET_ACCESS_KEY'])(
    'is expected under the name %s',
    (name) => expect(isSecretName(name)).toBe(true),
  );
  it.each(['Name', 'KeySchema', 'DBInstanceIdentifier', 'Author'])('is not expected under the name %s', (name) =>
    expect(isSecretName(name)).toBe(false),
  );

  it('is masked at any depth below its name', () => {
    const value = { user: 'a', password: 'x', deep: [{ token: { value: 'y', n: 1 } }] };
    expect(redact(value)).toEqual({ user: 'a', password: MASK, deep: [{ token: { value: MASK, n: 1 } }] });
  });

  it.each([
    ['redis://:S3cret@127.0.0.1:6379/0', `redis://${MASK}@127.0.0.1:6379/0`],
    [
      'see rediss://me:S3/cr@et@h:1?key=S3cret and https://h/?q',
      `see rediss://${MASK}@h:1?${MASK} and https://h/?${MASK}`,
    ],
    ['https://api.theboss.io/ping/, you@example.org', 'https://api.theboss.io/ping/, you@example.org'],
  ])('is masked in the URLs of %s', (text, masked) => expect(maskUserInfo(text)).toBe(masked));
});

describe('canonical JSON', () => {
  it('is the same for any order of keys and means the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
