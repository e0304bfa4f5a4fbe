import { inspect } from 'node:util';

/** What stands in a secret's place wherever it is turned into text. */
export const MASK = '••••••';

/** A value that no accident turns into text: string conversion, JSON and inspection all show {@link MASK}. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** The value itself, for the one place that needs it. */
  reveal(): string {
    return this.#value;
  }
  get length(): number {
    return this.#value.length;
  }
  toString(): string {
    return MASK;
  }
  toJSON(): string {
    return MASK;
  }
  [inspect.custom](): string {
    return `Secret(${MASK})`;
  }
}

const SECRET_NAME = /pass(word|wd|phrase)?|secret|token|credential|private_?key|api_?key|auth_?key/i;

/** Whether a property, parameter or key of this name may hold a secret. Better once too often. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A deep copy in which each string under a secret's name (and everything below it) is masked. */
export function redact<T>(value: T, underSecretName = false): T {
  if (typeof value === 'string') return (underSecretName ? MASK : value) as T;
  if (Array.isArray(value)) return value.map((item) => redact(item, underSecretName)) as T;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, redact(item, underSecretName || isSecretName(key))]),
    ) as T;
  }
  return value;
}

/** Masks what stands before the host in any URL of a text (`redis://user:password@host`), and every query. */
export function maskUserInfo(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s]*@/gi, `$1${MASK}@`)
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s?]*\?)[^\s]+/gi, `$1${MASK}`);
}
