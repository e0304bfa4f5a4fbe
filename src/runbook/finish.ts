import { checklist } from './checklist.ts';
import type { Phase, Step } from './runbook.ts';
import type { RunbookInput } from './runbookFor.ts';

const PRODUCTION_MACHINES = ['endpoint', 'cachemanager', 'auth', 'vault', 'activities'] as const;
/** The procedure builds these four for developers. */
const DEV_MACHINES = ['auth', 'vault', 'endpoint', 'cachemanager'] as const;

/** Labels for what was released, and no secret left behind. */
export function finishPhase(input: RunbookInput): Phase {
  const { sprint } = input;
  return {
    title: 'Finish',
    stages: [
      {
        id: 'finishProduction',
        key: 'f',
        title: 'Finish: production AMIs',
        about: `Labels the AMIs of this release ${sprint} where that is not done yet.`,
        needs: ['health'],
        steps: [
          {
            id: 'f.1',
            title: `AMIs labelled ${sprint}`,
            kind: 'amiCopy',
            params: { sprint, machines: [...PRODUCTION_MACHINES], account: 'own' },
            gates: [],
          },
          { id: 'f.2', title: 'Move or shred the Vault backup', kind: 'vaultFile', params: {}, gates: [] },
        ],
      },
      {
        id: 'finishDev',
        key: 'u',
        title: 'Finish: dev AMIs',
        about: `Builds the AMIs in the dev account and labels them ${sprint}, so that developers get them by default.`,
        needs: ['health'],
        steps: devAmis(input),
      },
    ],
  };
}

function devAmis({ devBosslet, sprint }: RunbookInput): readonly Step[] {
  if (devBosslet === undefined)
    return checklist('u', [
      {
        title: 'Build and label the dev AMIs by hand',
        text: [
          'No dev bosslet is configured.',
          './packer.py <dev bosslet> auth vault endpoint cachemanager',
          `Then copy the latest AMIs in the console to ${sprint}.`,
        ],
      },
    ]);
  return [
    {
      id: 'u.1',
      title: `Build the AMIs of ${devBosslet}`,
      kind: 'packer',
      params: { devBosslet, machines: [...DEV_MACHINES] },
      gates: [],
    },
    {
      id: 'u.2',
      title: `Dev AMIs labelled ${sprint}`,
      kind: 'amiCopy',
      params: { sprint, machines: [...DEV_MACHINES], account: 'dev' },
      gates: [],
    },
  ];
}
