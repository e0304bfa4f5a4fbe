import type { Json } from '../runbook/runbook.ts';
import { amiChoice } from './amiChoice.ts';
import { amiCopy } from './amiCopy.ts';
import { cacheSnapshot } from './cacheSnapshot.ts';
import { cancelUpdate } from './cancelUpdate.ts';
import { continueRollback } from './continueRollback.ts';
import { gate } from './gate.ts';
import { iamExport } from './iamExport.ts';
import { iamNames } from './iamNames.ts';
import { iamReview } from './iamReview.ts';
import { indexFile } from './indexFile.ts';
import type { StepKind } from './kind.ts';
import { listRestore } from './listRestore.ts';
import { listSilence } from './listSilence.ts';
import { maintenance } from './maintenance.ts';
import { manual } from './manual.ts';
import { packer } from './packer.ts';
import { pageServed } from './pageServed.ts';
import { password } from './password.ts';
import { ruleDisabled } from './ruleDisabled.ts';
import { sanitised } from './sanitised.ts';
import { stackCreate } from './stackCreate.ts';
import { stackDelete } from './stackDelete.ts';
import { stackPreview } from './stackPreview.ts';
import { stackUpdate } from './stackUpdate.ts';
import { tableIndexes } from './tableIndexes.ts';
import { vaultExport } from './vaultExport.ts';
import { vaultFile } from './vaultFile.ts';
import { vaultRead } from './vaultRead.ts';

/**
 * A kind whose words are sanitised, and whose params and baseline nobody outside it knows: what `parse` made goes to `plan`, `act` and `prove` of the
 * same kind, and so does the baseline that its own `plan` wrote.
 */
const row = <P, B extends Json>(kind: StepKind<P, B>): readonly [string, StepKind] => [
  kind.name,
  sanitised(kind) as unknown as StepKind,
];

/** Every step kind by the name that a step's `kind` holds. A kind is added by one file and one row here. */
export const stepKinds: ReadonlyMap<string, StepKind> = new Map<string, StepKind>([
  row(amiChoice),
  row(amiCopy),
  row(cancelUpdate),
  row(continueRollback),
  row(cacheSnapshot),
  row(gate),
  row(iamExport),
  row(iamNames),
  row(iamReview),
  row(indexFile),
  row(listRestore),
  row(listSilence),
  row(maintenance),
  row(manual),
  row(packer),
  row(pageServed),
  row(password),
  row(ruleDisabled),
  row(stackCreate),
  row(stackDelete),
  row(stackPreview),
  row(stackUpdate),
  row(tableIndexes),
  row(vaultExport),
  row(vaultFile),
  row(vaultRead),
]);
