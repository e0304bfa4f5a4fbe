import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/**
 * The line of a document on which the value at `path` is said, counted from 1; where the path ends before that (a name
 * that is missing), the line of what it would stand in. Undefined for the document as a whole.
 */
export function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of path) {
    const item = itemOf(isAlias(node) ? node.resolve(document) : node, step);
    if (!item) break;
    offset = item.offset ?? offset;
    node = item.value;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function itemOf(
  node: unknown,
  step: PropertyKey,
): { readonly offset: number | undefined; readonly value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair && { offset: isScalar(pair.key) ? pair.key.range?.[0] : undefined, value: pair.value };
  }
  if (!isSeq(node)) return undefined;
  const value = node.items[Number(step)] as Node | undefined;
  return value && { offset: value.range?.[0], value };
}
