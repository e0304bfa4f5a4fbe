/** The stages of a release in the order of the procedure: where a world may begin. */
export const STAGES = [
  'maintenanceOn',
  'amis',
  'vaultBackup',
  'iam',
  'silence',
  'preview',
  'core',
  'redis',
  'api',
  'cachedb',
  'activities',
  'cloudwatch',
  'idindexing',
  'dynamolambda',
  'password',
  'maintenanceOff',
  'restore',
  'deleteRule',
  'tests',
  'health',
  'finishProduction',
  'finishDev',
] as const;

export type StageName = (typeof STAGES)[number];

export const isStageName = (name: string): name is StageName => STAGES.some((stage) => stage === name);

/** Whether a world that begins before `from` has this stage behind it. */
export const isBehind = (stage: StageName, from: StageName | undefined): boolean =>
  from !== undefined && STAGES.indexOf(stage) < STAGES.indexOf(from);
