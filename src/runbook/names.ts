import type { RunbookInput } from './runbookFor.ts';

const capitalise = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** `core` → `CoreProductionBoss`: the word that is typed before a stack is deleted. */
export const stackNameOf = ({ internalDomain }: RunbookInput, config: string): string =>
  capitalise(config) + internalDomain.split('.').map(capitalise).join('');

/** `api.theboss.io`: the word that is typed before the public name is switched. */
export const apiHostOf = ({ externalDomain, externalFormat = '{machine}' }: RunbookInput): string =>
  `${externalFormat.replaceAll('{machine}', 'api')}.${externalDomain}`;
