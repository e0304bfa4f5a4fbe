// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub's own syntax
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAgenda } from '../../../src/rehearsal/aws/agenda.ts';
import { leaves } from '../../../src/rehearsal/aws/cloudFormation/leaves.ts';
import { allDependencies, resolve } from '../../../src/rehearsal/aws/cloudFormation/references.ts';
import { page } from '../../../src/rehearsal/aws/page.ts';
import { child, listOf, parseXml, xml } from '../../../src/rehearsal/aws/xml.ts';
import { createStandingClock, START_MS } from './world.ts';

/** What XML may hold: the others have no place in a document. */
const xmlText = fc.string({ unit: 'grapheme' }).filter((text) => /^[\t\n\r\x20-\ud7ff\ue000-\ufffd]*$/.test(text));

test('what is written as XML reads back as it was', () => {
  fc.assert(
    fc.property(fc.array(xmlText), (values) => {
      const document = parseXml(`<?xml version="1.0"?>${xml('Root', { Values: listOf('Value', values) }, 'urn:x')}`);
      expect(child(document, 'Values')?.children.map(({ text }) => text)).toEqual(values);
    }),
  );
  for (const broken of ['', '<a>', '<a></b>', 'text', '</a>']) expect(() => parseXml(broken)).toThrow('well-formed');
});

test('pages hold everything once, in its order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 7 }), (all, size) => {
      const seen: number[] = [];
      let token: string | undefined;
      do {
        const { items, nextToken } = page(all, token, size);
        expect(items.length).toBeLessThanOrEqual(size);
        seen.push(...items);
        token = nextToken;
      } while (token !== undefined);
      expect(seen).toEqual(all);
    }),
  );
  expect(() => page([1], 'nonsense', 1)).toThrow('pagination token');
});

test('two values differ somewhere exactly when they are not the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      expect(leaves('/x', before, structuredClone(before))).toEqual([]);
      const same = leaves('/x', before, after).length === 0;
      expect(leaves('/x', after, before).length === 0).toBe(same);
    }),
  );
  expect(leaves('/x', { a: [1, { b: 'old' }] }, { a: [1, { b: 'new' }], c: true })).toEqual([
    { path: '/x/a/1/b', before: 'old', after: 'new', changeType: 'Modify' },
    { path: '/x/c', before: undefined, after: 'true', changeType: 'Add' },
  ]);
});

test.each([
  [{ Ref: 'Size' }, 'm5'],
  [{ Ref: 'Machine' }, { Ref: 'Machine' }],
  [{ 'Fn::GetAtt': ['Machine', 'Arn'] }, { 'Fn::GetAtt': ['Machine', 'Arn'] }],
  [{ 'Fn::Join': ['-', ['a', { Ref: 'Size' }]] }, 'a-m5'],
  [{ 'Fn::Join': ['-', ['a', { Ref: 'Machine' }]] }, { 'Fn::Join': ['-', ['a', { Ref: 'Machine' }]] }],
  [{ 'Fn::Sub': 'x-${Size}-${!Kept}' }, 'x-m5-${Kept}'],
  [{ 'Fn::Sub': ['${Own}-${Size}', { Own: { Ref: 'Size' } }] }, 'm5-m5'],
  [{ 'Fn::Select': ['1', { 'Fn::Split': [',', 'a,b'] }] }, 'b'],
  [{ 'Fn::Base64': { Ref: 'Size' } }, Buffer.from('m5').toString('base64')],
])('%j is resolved as far as it is known', (value, expected) => {
  expect(resolve(value, ({ name }) => (name === 'Size' ? 'm5' : undefined))).toEqual(expected);
});

test('resources that wait for each other are refused; the others know all whom they wait for', () => {
  const resource = (DependsOn: string[], Properties = {}) => ({ Type: 'AWS::SQS::Queue', DependsOn, Properties });
  expect(() => allDependencies({ Resources: { A: resource(['B']), B: resource(['A']) } })).toThrow(
    'Circular dependency between resources: [A, B]',
  );
  const order = allDependencies({
    Resources: { A: resource([], { Url: { 'Fn::Sub': '${B.Arn}' } }), B: resource(['C']), C: resource([]) },
  });
  expect([...(order.get('A') ?? [])].sort()).toEqual(['B', 'C']);
});

test('what is due happens in the order of its times, each at its own time, however late it is looked at', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000 })), (delays) => {
      const clock = createStandingClock();
      const agenda = createAgenda(clock);
      const seen: number[] = [];
      for (const delay of delays)
        agenda.at(START_MS + delay, () => {
          seen.push(agenda.now() - START_MS);
          // What follows from an entry keeps its exact distance too.
          agenda.at(agenda.now() + 500, () => seen.push(agenda.now() - START_MS));
        });
      clock.advance(5_000);
      agenda.catchUp();
      expect(seen).toEqual([...delays, ...delays.map((delay) => delay + 500)].sort((a, b) => a - b));
      agenda.stop();
    }),
  );
});
