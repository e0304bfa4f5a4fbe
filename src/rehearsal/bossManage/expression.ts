import { PythonError } from './scriptErrors.ts';

/**
 * Evaluates the part of Python that `boss-config.py -e` is used with: literals, dicts, lists, names, attributes,
 * items and calls. Names and calls are looked up in what is given; nothing else is reachable.
 */
export function evaluate(source: string, names: Readonly<Record<string, unknown>>): unknown {
  const reader = new Reader(source, names);
  const value = reader.expression();
  reader.end();
  return value;
}

const CONSTANTS: Readonly<Record<string, unknown>> = { None: null, True: true, False: false };

class Reader {
  readonly #source: string;
  readonly #names: Readonly<Record<string, unknown>>;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(source: string, names: Readonly<Record<string, unknown>>) {
    this.#source = source;
    this.#names = names;
    this.#tokens = tokenize(source);
  }

  /** An atom with whatever attributes, items and calls follow it. */
  expression(): unknown {
    let value = this.#atom();
    for (;;) {
      if (this.#skip('.')) value = member(value, this.#take());
      else if (this.#skip('[')) {
        value = member(value, String(this.expression()));
        this.#take(']');
      } else if (this.#skip('(')) value = call(value, this.#items(')'));
      else return value;
    }
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw invalid(this.#source);
  }

  #atom(): unknown {
    const token = this.#take();
    if (token === '{') return this.#entries();
    if (token === '[') return this.#items(']');
    if (/^['"]/.test(token)) return token.slice(1, -1);
    if (/^\d/.test(token)) return Number(token);
    if (Object.hasOwn(CONSTANTS, token)) return CONSTANTS[token];
    if (Object.hasOwn(this.#names, token)) return this.#names[token];
    throw new PythonError('NameError', `name '${token}' is not defined`);
  }

  #entries(): unknown {
    const entries: [string, unknown][] = [];
    while (!this.#skip('}')) {
      const key = String(this.expression());
      this.#take(':');
      entries.push([key, this.expression()]);
      if (this.#tokens[this.#at] !== '}') this.#take(',');
    }
    return Object.fromEntries(entries);
  }

  #items(end: string): unknown[] {
    const items: unknown[] = [];
    while (!this.#skip(end)) {
      items.push(this.expression());
      if (this.#tokens[this.#at] !== end) this.#take(',');
    }
    return items;
  }

  #skip(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #take(expected?: string): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined || (expected !== undefined && token !== expected)) throw invalid(this.#source);
    return token;
  }
}

const invalid = (source: string) => new PythonError('SyntaxError', `invalid syntax: ${source}`);

function member(value: unknown, key: string): unknown {
  if (value !== null && typeof value === 'object' && key in value) return Reflect.get(value, key);
  throw new PythonError('AttributeError', `object has no attribute '${key}'`);
}

function call(value: unknown, args: readonly unknown[]): unknown {
  if (typeof value !== 'function') throw new PythonError('TypeError', 'object is not callable');
  return value(...args);
}

const TOKEN = /\s*('[^']*'|"[^"]*"|\d+(?:\.\d+)?|[A-Za-z_]\w*|[{}[\](),.:])/y;

function tokenize(source: string): readonly string[] {
  const tokens: string[] = [];
  const text = source.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw invalid(source);
    tokens.push(token);
  }
  return tokens;
}
