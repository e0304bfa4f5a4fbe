/** The types that panes and keys draw and answer by, so that they need not reach past the store. */
export type { CachePass, CacheWay, DnsAnswer, StackSummary } from '../clients/doors.ts';
export type {
  Aged,
  BuildLook,
  BuildsLook,
  CacheLook,
  DnsClass,
  DnsLook,
  DnsRow,
  DnsVerdict,
  EventRow,
  Observed,
  ScriptLook,
  StackRow,
} from '../observe/observed.ts';
export type { WayBack } from '../release/stackAmis.ts';
export type {
  AttemptState,
  Card,
  Controller,
  Decision,
  GateView,
  LiveState,
  ReleaseState,
  StageState,
  StageStatus,
  StepCard,
  StepState,
} from '../release/state.ts';
export type {
  Answer,
  Asked,
  CardChoice,
  ChooseOption,
  Danger,
  Evidence,
  Finding,
  GateResult,
  Plan,
  Progress,
  Question,
  ReviewedChange,
  ReviewSubject,
  Verdict,
} from '../steps/kind.ts';
