/** arb's public API. The command line imports nothing else. */
export * from './errors.ts';
export {
  type Course,
  coursesOf,
  type DrillRow,
  drill,
  drillableFailures,
} from './export/drill.ts';
export { landsElsewhere, overflows, regretOf, type Seen } from './export/elsewhere.ts';
export type { Bindings, ExportResult } from './export/exporter.ts';
export { exporters, type GatewayName } from './export/exporters.ts';
export { type ImportName, importers } from './export/importers.ts';
export type { Deployed } from './export/landing.ts';
export { litellmTokens } from './export/litellm-count.ts';
export type { LossRow } from './export/loss.ts';
export { backupPath, merge } from './export/merge.ts';
export {
  type Check,
  type CheckRow,
  type Send,
  type SentAnswer,
  verify,
} from './export/verify.ts';
export { answerRow } from './judge/answer-row.ts';
export { type CachedVote, voteCache } from './judge/cache.ts';
export { checkAnswer } from './judge/check.ts';
export { type CheckCommand, checkCommands, checkConfigSchema } from './judge/command.ts';
export { type AnswerRow, qualityKindOf } from './judge/contest.ts';
export type { HumanLabel } from './judge/corrected.ts';
export { type JudgeEvent, judgeRun } from './judge/judge-run.ts';
export type { JudgeReport, JudgingReport } from './judge/judging-report.ts';
export {
  type LabelRow,
  type LabelSources,
  labelOf,
  labelRows,
  readLabelSheet,
} from './judge/label-sheet.ts';
export { chooseLabels, type LabelTask } from './judge/labels.ts';
export { type MeasureName, measures } from './judge/measures.ts';
export { referencesOf } from './judge/references.ts';
export { judgeReplay } from './judge/replay-calls.ts';
export type { Verdict } from './judge/verdict.ts';
export {
  answersForP99,
  type Calibration,
  calibrationFaults,
  calibrationSays,
  heldAgainst,
  type MeasuredAnswer,
  ownErrors,
} from './measure/calibration.ts';
export type { KeptSlo } from './measure/goodput.ts';
export { createMeter, type Meter, type TargetSnapshot } from './measure/meter.ts';
export type { Percentiles } from './measure/percentiles.ts';
export type { Summary, TargetSummary } from './measure/summary.ts';
export {
  type Arbitrage,
  arbitrage,
  type ModelRoutes,
  type Route,
  type RouteFacts,
} from './optimize/arbitrage.ts';
export type { PartDifference } from './optimize/arbitrage-quality.ts';
export type {
  NamedPolicy,
  RecommendOptions,
  TargetFacts,
} from './optimize/ask.ts';
export type { Certificate } from './optimize/certificate.ts';
export { type CheckedRule, type CheckReport, check } from './optimize/check.ts';
export { draftPolicy } from './optimize/draft.ts';
export { explainRecommendation } from './optimize/explain.ts';
export { parseFloor } from './optimize/floor.ts';
export { type Change, changesSince, type Reason, switchPoints } from './optimize/nights.ts';
export { type Recommendation, recommend } from './optimize/recommend.ts';
export type { RuleReport } from './optimize/report-rules.ts';
export { formatSlo, parseSlo, type Slo } from './optimize/slo.ts';
export { type FrontierView, frontierOf, targetValues } from './optimize/views.ts';
export { joinOutcome, type RequestFacts, skippedOutcome } from './outcome/join.ts';
export type { Outcome, QualityKind } from './outcome/outcome.ts';
export { type ReadOptions, readOutcomes } from './outcome/read.ts';
export { RECORDED, recordedOutcome } from './outcome/recorded.ts';
export { type Score, Scoreboard } from './outcome/scoreboard.ts';
export type { OutcomeTable } from './outcome/table.ts';
export { type Arm, type Decision, decide, matches, pickArm } from './policy/decide.ts';
export { describeCondition, type Explanation, explain } from './policy/explain.ts';
export {
  type Policy,
  type PolicyTarget,
  policySchema,
  type Rule,
  targetsOf,
  type When,
} from './policy/policy.ts';
export {
  canonicalJson,
  formatPolicy,
  makePolicy,
  type PolicyDraft,
  parsePolicy,
  policyId,
  policyJsonSchema,
} from './policy/write.ts';
export { parseYaml } from './policy/yaml.ts';
export { MismatchBook, type Mismatches, priceAgain } from './price/billed.ts';
export { catalogueDate } from './price/catalogue.ts';
export { computedPrice } from './price/cost.ts';
export {
  diffPrices,
  type PriceChange,
  type PriceList,
  parsePriceList,
  priceIn,
} from './price/price-list.ts';
export { knownContext, type PriceSheet, priceSheet } from './price/price-sheet.ts';
export { dimensions, inspectTraffic, type Traffic, type TrafficPart } from './price/traffic.ts';
export { getJson } from './provider/get-json.ts';
export { makerOf } from './provider/makers.ts';
export { chatUsage } from './provider/openai-usage.ts';
export { type Preset, presets } from './provider/presets.ts';
export { resolveTarget } from './provider/resolve-target.ts';
export { modelsOf } from './provider/same-model.ts';
export type { PriceOverride, Target } from './provider/target.ts';
export {
  limitsSchema,
  type TargetConfig,
  targetConfigSchema,
  timeoutsSchema,
} from './provider/target-config.ts';
export type { Answer, Attempt } from './replay/attempt.ts';
export type { ReplayEvent, SelfCheck, SettledEvent } from './replay/event.ts';
export { stopGrowing } from './replay/memory.ts';
export { type Load, planReplay, type ReplayOptions, type ReplayPlan } from './replay/plan.ts';
export { type Run, startReplay } from './replay/replay.ts';
export { statedError } from './replay/selfcheck.ts';
export { type AuditRow, auditHeader, type Bill, type SwitchRow } from './sim/audit.ts';
export { startCassette } from './sim/cassette.ts';
export { type Market, parseMarket } from './sim/market.ts';
export { startMarket } from './sim/server.ts';
export { type SwitchedFailure, switchPath } from './sim/switch.ts';
export { pairsNeeded } from './statistics/sample-size.ts';
export { writeAtomic } from './store/atomic.ts';
export { type Earlier, readEarlier } from './store/earlier.ts';
export { Journal } from './store/journal.ts';
export { addLabels, writeLabelSheet } from './store/labels.ts';
export { openLedger } from './store/ledger.ts';
export type { Manifest, RunState } from './store/manifest.ts';
export { replaceVerdicts } from './store/rejudge.ts';
export type { RouteCells } from './store/route-cells.ts';
export {
  readAnswers,
  readAttempts,
  readLabels,
  readOutcomeFile,
  readOutcomeRows,
  readVerdicts,
  readVotes,
} from './store/rows.ts';
export { listRuns, RunWriter, readManifest, writeManifest } from './store/run.ts';
export {
  type RunSummary,
  type RunTargetSummary,
  withQuality,
  writeSummary,
} from './store/summary.ts';
export * from './units.ts';
export { appOf, fingerprint } from './workload/app.ts';
export { featuresOf, inputTokens } from './workload/features.ts';
export { parseLine } from './workload/line.ts';
export {
  readWorkload,
  refuseInvalid,
  rereadWorkload,
  type Survey,
  surveyWorkload,
} from './workload/read.ts';
export type { Features, WorkloadRequest } from './workload/request.ts';
export { loadCl100k, loadForecast } from './workload/tokens.ts';
