import { checklist } from './checklist.ts';
import { dnsTurnedTo, noStackInProgress } from './conditions.ts';
import { apiHostOf } from './names.ts';
import type { Phase, Step } from './runbook.ts';
import type { RunbookInput } from './runbookFor.ts';

/** Users are sent away, and everything that could be lost is written down. */
export function goDownPhase(input: RunbookInput): Phase {
  return {
    title: 'Go down',
    stages: [
      {
        id: 'maintenanceOn',
        key: 'm',
        title: 'Maintenance on',
        about: 'Points the public API at the maintenance page. Users are down from here on.',
        needs: [],
        repeatable: true,
        undoes: 'maintenanceOff',
        steps: maintenanceOn(input),
      },
      {
        id: 'amis',
        key: 'a',
        title: 'Sprint AMIs',
        about: 'Chooses the machine images that every stack of this release takes.',
        needs: [],
        steps: [
          { id: 'a.1', title: 'Choose the AMIs', kind: 'amiChoice', params: { sprint: input.sprint }, gates: [] },
        ],
      },
      {
        id: 'vaultBackup',
        key: 'v',
        title: 'Vault backup',
        about: 'Exports every secret of Vault into a file that only you can read.',
        needs: [],
        steps: [{ id: 'v.1', title: 'Export Vault', kind: 'vaultExport', params: {}, gates: [] }],
      },
      {
        id: 'iam',
        key: 'p',
        title: 'IAM export and review',
        about: "Writes the dev account's groups, roles and policies into config/iam and shows what changed.",
        needs: [],
        steps: iam(input),
      },
      {
        id: 'silence',
        key: 's',
        title: 'Silence the mailing list',
        about: 'Writes the mailing list down, then keeps the alarms of the update from everybody but you.',
        needs: [],
        steps: [{ id: 's.1', title: 'Silence the mailing list', kind: 'listSilence', params: {}, gates: [] }],
      },
      {
        id: 'preview',
        key: 'c',
        title: 'Change-set previews',
        about: 'Makes a change set of core from its new template, shows what it would change, and deletes it.',
        needs: ['amis'],
        steps: [
          {
            id: 'c.1',
            title: 'Preview core',
            kind: 'stackPreview',
            params: { config: 'core' },
            gates: [noStackInProgress],
          },
        ],
      },
    ],
  };
}

const maintenanceOn = (input: RunbookInput): readonly Step[] => [
  {
    id: 'm.1',
    title: 'Switch the public name to the maintenance page',
    kind: 'maintenance',
    params: { turn: 'on' },
    gates: [],
    typed: apiHostOf(input),
  },
  {
    id: 'm.2',
    title: 'DNS leads to the maintenance page',
    kind: 'gate',
    params: {},
    gates: [dnsTurnedTo('maintenance')],
  },
  {
    id: 'm.3',
    title: 'The maintenance page is served',
    kind: 'pageServed',
    params: { page: 'maintenance' },
    gates: [],
  },
];

function iam({ devBosslet }: RunbookInput): readonly Step[] {
  if (devBosslet === undefined)
    return checklist('p', [
      {
        title: 'Export and review IAM by hand',
        text: [
          'No dev bosslet is configured, and the export must run against the dev account.',
          './iam_utils.py <dev bosslet> export groups roles policies',
          'git diff config/iam: a file that became empty was written from the wrong account.',
        ],
      },
    ]);
  return [
    { id: 'p.1', title: 'Export IAM of the dev account', kind: 'iamExport', params: { devBosslet }, gates: [] },
    {
      id: 'p.2',
      title: 'Review groups, policies, roles',
      kind: 'iamReview',
      params: {},
      gates: [],
      fallbacks: [
        {
          id: 'p.names',
          title: 'Edit config/iam/names.json and export again',
          when: ['exportAgain'],
          steps: [
            { id: 'p.names.1', title: 'Edit which names are exported', kind: 'iamNames', params: {}, gates: [] },
            {
              id: 'p.names.2',
              title: 'Export IAM of the dev account again',
              kind: 'iamExport',
              params: { devBosslet, again: true },
              gates: [],
            },
          ],
          then: 'again',
        },
      ],
    },
  ];
}
