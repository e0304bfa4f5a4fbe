/** A list whose element name is not the query protocol's `member`: EC2's `item`, Route 53's and CloudFront's own names. */
export interface XmlList {
  readonly element: string;
  readonly items: readonly XmlValue[];
}
/** Field by field; undefined fields are left out, a plain array is a list of `member`. */
export interface XmlFields {
  readonly [name: string]: XmlValue;
}
export type XmlValue = string | number | boolean | Date | undefined | readonly XmlValue[] | XmlList | XmlFields;

/** A list with an element name of its own. */
export const listOf = (element: string, items: readonly XmlValue[]): XmlList => ({ element, items });

const isList = (value: XmlFields | XmlList): value is XmlList =>
  typeof value.element === 'string' && Array.isArray(value.items);

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};
const escaped = (text: string) => text.replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character);

function content(value: Exclude<XmlValue, undefined>): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return escaped(String(value));
  if (Array.isArray(value)) return value.map((item: XmlValue) => xml('member', item)).join('');
  const fields = value as XmlFields | XmlList;
  if (isList(fields)) return fields.items.map((item) => xml(fields.element, item)).join('');
  return Object.entries(fields)
    .map(([name, item]) => xml(name, item))
    .join('');
}

/** One element with all that is in it; nothing where the value is undefined. */
export function xml(name: string, value: XmlValue, xmlns?: string): string {
  if (value === undefined) return '';
  return `<${name}${xmlns ? ` xmlns="${xmlns}"` : ''}>${content(value)}</${name}>`;
}

/** An element of a parsed document. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const plain = (text: string) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) =>
    name ? (ENTITIES[name] ?? whole) : String.fromCodePoint(Number.parseInt(hex ?? decimal, hex ? 16 : 10)),
  );

/** Reads what the SDK sends: elements, text and attributes that say nothing. Throws on anything that is not well-formed. */
export function parseXml(text: string): XmlElement {
  const open: { name: string; text: string; children: XmlElement[] }[] = [{ name: '', text: '', children: [] }];
  for (const token of text.replace(/<\?.*?\?>/gs, '').match(/<[^>]+>|[^<]+/g) ?? []) {
    const top = open.at(-1)!;
    if (!token.startsWith('<')) top.text += plain(token);
    else if (token.startsWith('</')) {
      const closed = open.pop()!;
      if (closed.name !== token.slice(2, -1).trim() || open.length === 0) throw new Error('XML is not well-formed.');
      open.at(-1)!.children.push(closed);
    } else {
      const name = /^<([^\s/>]+)/.exec(token)?.[1] ?? '';
      const element = { name, text: '', children: [] };
      if (token.endsWith('/>')) top.children.push(element);
      else open.push(element);
    }
  }
  const root = open[0]!.children[0];
  if (open.length !== 1 || !root) throw new Error('XML is not well-formed.');
  return root;
}

/** The first child of this name. */
export const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((candidate) => candidate.name === name);
