import { checklist } from './checklist.ts';
import { apiHostOf } from './names.ts';
import type { Phase } from './runbook.ts';
import type { RunbookInput } from './runbookFor.ts';

/** What was updated is shown to work. */
export function provePhase(input: RunbookInput): Phase {
  const host = apiHostOf(input);
  return {
    title: 'Prove',
    stages: [
      {
        id: 'tests',
        key: 'e',
        title: 'Tests',
        about: 'The test suites, run by hand on the updated machines, each with its result.',
        needs: ['maintenanceOff'],
        steps: checklist('e', TEST_SUITES),
      },
      {
        id: 'health',
        key: 'h',
        title: 'Health: manual checks',
        about: 'The API answers, and the new instances report.',
        needs: ['maintenanceOff'],
        steps: [
          {
            id: 'h.1',
            title: `https://${host}/ping/ answers`,
            kind: 'pageServed',
            params: { page: 'ping' },
            gates: [],
          },
          {
            id: 'h.2',
            title: `https://${host}/latest/collection/ answers`,
            kind: 'pageServed',
            params: { page: 'collection' },
            gates: [],
          },
          ...checklist('h', SCALYR, 3),
        ],
      },
    ],
  };
}

/** Testing.md of the boss-manage documentation. */
const TEST_SUITES = [
  {
    title: 'Django unit tests',
    text: ['On an endpoint, in a screen: sudo -E python3 manage.py test', 'RUN_HIGH_MEM_TESTS adds the large ones.'],
  },
  {
    title: 'Django integration tests',
    text: ['On an endpoint, in a screen: sudo -E python3 manage.py test -- -c inttest.cfg', 'Expect 55 OK, 7 skipped.'],
  },
  { title: 'spdb tests', text: ['On an endpoint: nose2, then nose2 -c inttest.cfg'] },
  { title: 'ndingest tests', text: ['On an endpoint: NDINGEST_TEST=1 pytest -c test_apl.cfg'] },
  { title: 'Cache manager tests', text: ['On a cachemanager: cachemgr unit and integration tests.'] },
  { title: 'intern integration tests', text: ['From a client, with a fresh token.'] },
  { title: 'Ingest client', text: ['From a client: one ingest job.'] },
] as const;

const SCALYR = [
  {
    title: 'Scalyr: the overview shows the new instances',
    text: ['Log in to Scalyr: each instance below appears on the overview page.'],
    shows: 'newInstances',
  },
  {
    title: 'Scalyr: the cloudwatch log names the endpoint',
    text: ['In the cloudwatch log: look for the instance ids of the endpoint below.'],
    shows: 'newInstances',
  },
] as const;
