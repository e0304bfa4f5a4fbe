import type { Doubt } from './bosslet.ts';
import type { ConfigurationError } from './configurationError.ts';
import { type Layer, originText } from './layer.ts';
import type { SettingName } from './settings.ts';

/** The scripts act by what `boss-config.py` says, whatever holds for us: by these on another deployment than we watch. */
const DEPLOYMENT = ['internalDomain', 'externalDomain', 'externalFormat', 'region', 'accountId', 'amiSuffix'] as const;
/** And by these as somebody else, or to other readers. */
const MANNER = ['profile', 'alertTopic'] as const;

/** What a release may trip over in what is said of a bosslet. */
export function doubtsOf(
  name: string,
  settings: Layer,
  script: Layer,
  failure: ConfigurationError | undefined,
  devFailure: ConfigurationError | undefined,
): readonly Doubt[] {
  const doubts = [
    ...DEPLOYMENT.flatMap((setting) => disagreement(setting, settings, script, 'stop')),
    ...MANNER.flatMap((setting) => disagreement(setting, settings, script, 'warn')),
  ];
  if (failure)
    doubts.push({
      level: 'stop',
      text: failure.message,
      cure: 'Mend that and start boss-tui again; until then the configuration file alone is believed.',
    });
  const dev = settings['dev.bosslet'];
  if (dev && !settings['dev.accountId'])
    doubts.push({
      level: 'stop',
      text: devFailure?.message ?? `The account of ${dev.value} is not known, so its stages would be manual.`,
      cure: `Say accountId below bosslets.${name}.dev, or name a checkout that knows ${dev.value}.`,
    });
  return doubts;
}

function disagreement(setting: SettingName, settings: Layer, script: Layer, level: Doubt['level']): readonly Doubt[] {
  const [ours, theirs] = [settings[setting], script[setting]];
  if (!ours || !theirs || ours.value === theirs.value) return [];
  return [
    {
      level,
      text: `${setting} is ${ours.value} (${originText(ours.origin)}), and ${theirs.value} for the scripts (${originText(theirs.origin)}).`,
      cure: 'Correct the one that is wrong: the scripts act by theirs.',
    },
  ];
}
