import { SETTING_NAMES, type SettingName, type Settings, settingOf } from './settings.ts';

/** Where a value was said. */
export type Origin =
  | { readonly is: 'file'; readonly file: string; readonly line: number | undefined }
  | { readonly is: 'script'; readonly bosslet: string; readonly key: string }
  | { readonly is: 'flag'; readonly flag: string }
  | { readonly is: 'workingFolder' }
  | { readonly is: 'derived'; readonly from: SettingName }
  | { readonly is: 'default' };

/** A value and where it was said. */
export interface Sourced<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** What one source says; a layer is laid over another by spreading it after it. */
export type Layer = { readonly [K in SettingName]?: Sourced<Settings[K]> };

/** An origin in words: `boss-tui.config.yaml:7`, `boss-config.py production.boss: REGION`, `--region`. */
export function originText(origin: Origin): string {
  switch (origin.is) {
    case 'file':
      return origin.line === undefined ? origin.file : `${origin.file}:${origin.line}`;
    case 'script':
      return `boss-config.py ${origin.bosslet}: ${origin.key}`;
    case 'flag':
      return origin.flag;
    case 'workingFolder':
      return 'the folder that boss-tui was started in';
    case 'derived':
      return `derived from ${origin.from}`;
    case 'default':
      return 'default';
  }
}

/**
 * The layer that values make. Each is checked by its own schema; `wrong` says what follows from one that is not as
 * expected. Null and undefined say nothing.
 */
export function layerOf(
  values: Readonly<Record<string, unknown>>,
  originOf: (name: SettingName) => Origin,
  wrong: (name: SettingName, expected: string, value: unknown) => Error,
): Layer {
  const entries = SETTING_NAMES.flatMap((name) => {
    const value = values[name] ?? undefined;
    if (value === undefined) return [];
    const parsed = settingOf(name).schema.safeParse(value);
    if (!parsed.success) throw wrong(name, parsed.error.issues[0]?.message ?? 'something else', value);
    return [[name, { value: parsed.data, origin: originOf(name) }]];
  });
  // Each value has been through the schema of its name.
  return Object.fromEntries(entries) as Layer;
}

/** What holds where nobody says anything. */
export const DEFAULTS: Layer = layerOf(
  Object.fromEntries(SETTING_NAMES.map((name) => [name, settingOf(name).default])),
  () => ({ is: 'default' }),
  (name, expected) => new Error(`The default of ${name} is not ${expected}.`),
);
