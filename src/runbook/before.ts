import { checklist } from './checklist.ts';
import type { Phase } from './runbook.ts';
import type { RunbookInput } from './runbookFor.ts';

/** The bosslet on which a release is tried before it goes to production. */
const INTEGRATION = 'integration.boss';

/** What is done before the outage begins, by hand and on other machines. Empty for the integration bosslet itself. */
export function beforePhase(input: RunbookInput): Phase {
  if (input.bosslet === INTEGRATION) return { title: 'Before', stages: [] };
  return {
    title: 'Before',
    stages: [
      {
        id: 'integration',
        key: 'i',
        title: 'Integration first (optional)',
        about: 'Rebuild the integration stack with the last AMIs, then update it with the latest code and test it.',
        needs: [],
        steps: checklist('i', INTEGRATION_REBUILD),
      },
      {
        id: 'tag',
        key: 't',
        title: 'Tag and merge (optional)',
        about: 'Tag the end of the sprint in every repository; the AMIs may just as well be labelled at the end.',
        needs: [],
        steps: checklist('t', TAG_AND_MERGE),
      },
    ],
  };
}

/** IntegrationRebuild.md of the boss-manage documentation, then this very procedure on the result. */
const INTEGRATION_REBUILD = [
  {
    title: 'Update the submodules',
    text: ['In boss-manage: update the submodules, commit, push.'],
    shows: 'lastIntegrationRelease',
  },
  {
    title: 'Build the AMIs',
    text: [
      './packer.py integration.boss all',
      'Look for "artifacts" in packer/logs/*.log: the exit code says nothing.',
    ],
  },
  { title: 'Delete the integration stacks', text: ['./cloudformation.py delete integration.boss all'] },
  {
    title: 'Create the integration stacks',
    text: [
      'Each with --scenario ha-development --ami-version <last sprint>, in this order:',
      'core redis api cachedb activities cloudwatch dynamolambda',
    ],
  },
  {
    title: 'Log in as bossadmin',
    text: ['Read the password from Vault (secret/auth/realm), log in at /latest/collection/.'],
  },
  {
    title: 'Idle timeout of the load balancer',
    text: ["Set the idle timeout of the API's load balancer to 300 s."],
  },
  { title: 'Test the rebuilt stack', text: ['Run the test suites as in stage e.'] },
  {
    title: 'Update integration with the latest code',
    text: ['boss-tui integration.boss', 'The whole release, but for this stage and "Tag and merge".'],
  },
] as const;

/** TagAndMerge.md of the boss-manage documentation. */
const TAG_AND_MERGE = [
  {
    title: 'Tag every repository',
    text: [
      'boss, boss-tools, spdb, ingest-client, ndingest, heaviside, dynamodb-lambda-autoscale, intern, ingest_test,',
      'boss-oidc, django-oidc, drf-oidc-auth: checkout integration, pull, git tag sprint#, push the tag.',
    ],
  },
  {
    title: 'Tag boss-manage',
    text: ['Update the submodules, review each SHA, commit, tag, push.'],
  },
  {
    title: 'Merge a stable release into master',
    text: ['The same repositories: merge integration into master, tag, push; .gitmodules to master.'],
  },
  {
    title: 'Tagged AMIs',
    text: ['Build them now, or label the latest ones at the end of the release (stage f), which is faster.'],
  },
] as const;
