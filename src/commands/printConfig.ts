import { type Configured, type Flags, whatIsMissing } from '../bosslet/configuration.ts';
import { originText } from '../bosslet/layer.ts';
import { SETTING_NAMES, type SettingName, settingOf } from '../bosslet/settings.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import { MASK, maskUserInfo } from '../text/secret.ts';
import { configured } from './production.ts';

/** What of the environment decides how AWS is reached; nothing else of it is shown. */
const ENVIRONMENT = ['AWS_PROFILE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_ENDPOINT_URL'] as const;
/** Of these only that they are set. */
const SECRETS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;

/** Longer values push their origins to the right by themselves. */
const VALUE_COLUMNS = 40;

/**
 * `boss-tui doctor --print-config`: every setting with its value and where that was said; AWS is not asked. Exit code 2
 * where a bosslet could not be opened with it.
 */
export async function printConfig(
  name: string | undefined,
  flags: Flags,
  signal: AbortSignal,
): Promise<{ readonly lines: readonly string[]; readonly exitCode: 0 | 2 }> {
  const known = await configured(name, flags, signal);
  if (!known)
    return { lines: ['No bosslet is named and none is configured: boss-tui opens the rehearsal.'], exitCode: 0 };
  const missing = whatIsMissing(known);
  return { lines: configLines(known, missing, process.env), exitCode: missing === undefined ? 0 : 2 };
}

/** The lines of {@link printConfig}. */
export function configLines(
  { name, file, settings, script, doubts }: Configured,
  missing: string | undefined,
  environment: NodeJS.ProcessEnv,
): readonly string[] {
  const labels = Math.max(...SETTING_NAMES.map(({ length }) => length), ...SECRETS.map(({ length }) => length));
  const row = (label: string, value: string, from: string) =>
    `${label.padEnd(labels)}  ${shown(value).padEnd(VALUE_COLUMNS)}  ${shown(from)}`.trimEnd();
  const ofEnvironment = [
    ...ENVIRONMENT.map((key) => [key, environment[key]] as const),
    ...SECRETS.map((key) => [key, environment[key] && MASK] as const),
  ].flatMap(([key, value]) => (value ? [row(key, value, 'environment')] : []));
  return [
    `Configuration of ${shown(name)}: ${file === undefined ? 'no file' : shown(file)}`,
    '',
    ...SETTING_NAMES.map((setting) => {
      const said = settings[setting];
      if (!said) return row(setting, '–', settingOf(setting).unset ?? 'said nowhere');
      return row(setting, textOf(said.value), originText(said.origin) + inVain(setting, { settings, script }));
    }),
    ...(ofEnvironment.length > 0 ? ['', ...ofEnvironment] : []),
    ...doubts.flatMap(({ text, cure }, at) => [...(at === 0 ? [''] : []), `! ${shown(text)}`, `    → ${shown(cure)}`]),
    ...(missing === undefined ? [] : ['', `✖ ${shown(missing)}`]),
  ];
}

/** What `boss-config.py` says, where something else holds. */
function inVain(setting: SettingName, { settings, script }: Pick<Configured, 'settings' | 'script'>): string {
  const [held, said] = [settings[setting], script[setting]];
  if (!said || said === held) return '';
  return held?.value === said.value ? '; boss-config.py says the same' : `; boss-config.py says ${textOf(said.value)}`;
}

const textOf = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value));

const shown = (text: string): string => maskUserInfo(sanitiseLine(text));
