import { checklist } from './checklist.ts';
import { dnsTurnedTo, loadBalancerHealthy } from './conditions.ts';
import { apiHostOf } from './names.ts';
import type { Phase } from './runbook.ts';
import type { RunbookInput } from './runbookFor.ts';

const STACKS = ['core', 'redis', 'api', 'cachedb', 'activities', 'cloudwatch', 'idindexing', 'dynamolambda'] as const;

/** Users come back, and so do the people who are told of alarms. */
export function goUpPhase(input: RunbookInput): Phase {
  return {
    title: 'Go up',
    stages: [
      {
        id: 'password',
        key: 'b',
        title: 'bossadmin password and login',
        about: 'Shows the password of bossadmin; the first login tells it to Django.',
        needs: ['core'],
        steps: [
          {
            id: 'b.1',
            title: 'Read the bossadmin password',
            kind: 'password',
            params: { path: 'secret/auth/realm' },
            gates: [],
            sensitive: true,
          },
          ...checklist(
            'b',
            [
              {
                title: 'Log in as bossadmin',
                text: [
                  `Log in at https://${apiHostOf(input)}/latest/collection/ as bossadmin with that password.`,
                  "While the name leads to the maintenance page: wait until stage o is done, or use the load balancer's address.",
                ],
                shows: 'loadBalancer',
              },
            ],
            2,
          ),
        ],
      },
      {
        id: 'maintenanceOff',
        key: 'o',
        title: 'Maintenance off',
        about: 'Points the public API back at its load balancer.',
        needs: STACKS,
        repeatable: true,
        undoes: 'maintenanceOn',
        steps: [
          {
            id: 'o.1',
            title: 'Switch the public name to the load balancer',
            kind: 'maintenance',
            params: { turn: 'off' },
            gates: [loadBalancerHealthy],
          },
          {
            id: 'o.2',
            title: 'DNS leads to the load balancer',
            kind: 'gate',
            params: {},
            gates: [dnsTurnedTo('live')],
          },
        ],
      },
      {
        id: 'restore',
        key: 'r',
        title: 'Restore the mailing list',
        about: 'Gives everybody their alarms back, as the snapshot has them.',
        needs: ['silence'],
        repeatable: true,
        steps: [{ id: 'r.1', title: 'Restore the mailing list', kind: 'listRestore', params: {}, gates: [] }],
      },
      {
        id: 'deleteRule',
        key: 'd',
        title: 'Delete rule disabled',
        about: 'The rule that deletes data must stay disabled; an update may have switched it on.',
        needs: [],
        steps: [{ id: 'd.1', title: 'The delete rule is disabled', kind: 'ruleDisabled', params: {}, gates: [] }],
      },
    ],
  };
}
