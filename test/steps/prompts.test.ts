import { describe, expect, it } from 'vitest';
import { lambdaPromptOf, PROMPTS, promptOf } from '../../src/steps/prompts.ts';

describe('prompts', () => {
  it.each([
    ['Update? [N/y] ', 'confirmed'],
    ['Apply Update? [y/N]: ', 'review'],
    ['Rebuild lambdas [Y/n]: ', 'choice'],
    ['Build multilambda [Y/n]: ', 'choice'],
    ['Rebuild multilambda [Y/n]: ', 'choice'],
    ['All data will be lost. Are you sure you want to proceed? [y/N]: ', 'forbidden'],
    ['This updated will recreate the Vault cluster, proceed? [y/N]: ', 'typed'],
    ['path: ', 'missingArgument'],
    ['[u]pload / [D]ownload: ', 'missingArgument'],
  ])('%j is %s', (line, policy) => {
    expect(promptOf(line)?.policy).toBe(policy);
  });

  it.each([
    'Update? [N/y] y',
    'Apply Update?',
    'Apply Update? [y/N]: y',
    'Really delete everything? Apply Update? [y/N]: ',
    'some path: ',
    '',
  ])('%j is not known', (line) => {
    expect(promptOf(line)).toBeUndefined();
  });

  it('are each known by themselves and by nothing else', () => {
    for (const prompt of PROMPTS) expect(promptOf(prompt.text)).toBe(prompt);
  });

  it('about lambdas are asked by these commands only', () => {
    expect(lambdaPromptOf('cachedb', 'update')?.text).toBe('Rebuild lambdas [Y/n]: ');
    expect(lambdaPromptOf('cachedb', 'create')).toBeUndefined();
    for (const action of ['update', 'create'] as const) {
      expect(lambdaPromptOf('activities', action)?.text).toBe('Build multilambda [Y/n]: ');
      expect(lambdaPromptOf('idindexing', action)?.text).toBe('Rebuild multilambda [Y/n]: ');
      expect(lambdaPromptOf('core', action)).toBeUndefined();
    }
  });
});
