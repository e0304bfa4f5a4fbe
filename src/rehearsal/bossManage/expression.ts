import { PythonError } from './scriptErrors.ts';

/**
 * Evaluates the part of Python that `boss-config.py -e` is used with: literals, dicts, lists, names, attributes,
 * items and calls. Names and calls are looked up in what is given; nothing else is reachable.
 */
export function evaluate(source: string, names: Readonly<Record<string, unknown>>): unknown {
  const tokens = tokenize(source);
  let at = 0;
  const peek = () => tokens[at];
  const take = (expected?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new PythonError('SyntaxError', `invalid syntax: ${source}`);
    return token;
  };
  const list = (end: string, item: () => void) => {
    while (peek() !== end) {
      item();
      if (peek() !== end) take(',');
    }
    take(end);
  };
  const atom = (): unknown => {
    const token = take();
    if (token === '{') {
      const entries: [string, unknown][] = [];
      list('}', () => {
        const key = String(expression());
        take(':');
        entries.push([key, expression()]);
      });
      return Object.fromEntries(entries);
    }
    if (token === '[' || token === '(') {
      const items: unknown[] = [];
      list(token === '[' ? ']' : ')', () => void items.push(expression()));
      return token === '(' && items.length === 1 ? items[0] : items;
    }
    if (/^['"]/.test(token)) return token.slice(1, -1);
    if (/^\d/.test(token)) return Number(token);
    if (token in CONSTANTS) return CONSTANTS[token];
    if (Object.hasOwn(names, token)) return names[token];
    throw new PythonError('NameError', `name '${token}' is not defined`);
  };
  const expression = (): unknown => {
    let value = atom();
    for (;;) {
      if (peek() === '.') {
        take();
        value = member(value, take());
      } else if (peek() === '[') {
        take();
        const key = expression();
        take(']');
        value = member(value, String(key));
      } else if (peek() === '(') {
        take();
        const args: unknown[] = [];
        list(')', () => void args.push(expression()));
        if (typeof value !== 'function') throw new PythonError('TypeError', 'object is not callable');
        value = value(...args);
      } else return value;
    }
  };
  const value = expression();
  if (at < tokens.length) throw new PythonError('SyntaxError', `invalid syntax: ${source}`);
  return value;
}

const CONSTANTS: Readonly<Record<string, unknown>> = { None: null, True: true, False: false };

function member(value: unknown, key: string): unknown {
  if (value !== null && typeof value === 'object' && key in value) return Reflect.get(value, key);
  throw new PythonError('AttributeError', `object has no attribute '${key}'`);
}

const TOKEN = /\s*('[^']*'|"[^"]*"|\d+(?:\.\d+)?|[A-Za-z_]\w*|[{}[\](),.:])/y;

function tokenize(source: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const text = source.trim();
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new PythonError('SyntaxError', `invalid syntax: ${source}`);
    tokens.push(token);
  }
  return tokens;
}
