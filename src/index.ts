/** arb's public API. The command line imports nothing else. */

export {
  type Arbitrage,
  arbitrage,
  type ModelRoutes,
  type Route,
  type RouteFacts,
} from './arbitrage/arbitrage.ts';
export type { PartDifference } from './arbitrage/arbitrage-quality.ts';
export {
  commandsOf,
  configOfRun,
  type LoadedConfig,
  loadConfig,
} from './command/config/config.ts';
export { type Initialised, init } from './command/config/init.ts';
export { readInput } from './command/config/input.ts';
export { clientOptions } from './command/config/network.ts';

export { type CheckResult, check } from './command/decide/check.ts';
export type { DecisionRequest, RecommendRequest } from './command/decide/decision-request.ts';
export {
  type DecisionViews,
  type RecommendResult,
  recommend,
  type TargetValue,
} from './command/decide/recommend.ts';
export {
  type ExportedPolicy,
  type ExportRequest,
  exportPolicy,
  type MergedExport,
  rollBackExport,
} from './command/deploy/export.ts';
export { type ImportedPolicy, type ImportRequest, importPolicy } from './command/deploy/import.ts';
export type { ExportRegret } from './command/deploy/regret.ts';
export { type RoutedRequest, routeRequest } from './command/deploy/route.ts';
export { type VerifyRequest, verifyPolicy } from './command/deploy/verify.ts';
export type { DrillResult, RuleTotal, VerifyResult } from './command/deploy/verify-result.ts';

export { bench } from './command/measure/bench/bench.ts';
export type {
  BenchEvent,
  BenchResult,
  LiveBench,
} from './command/measure/bench/bench-event.ts';
export type { BenchOptions } from './command/measure/bench/bench-options.ts';
export { type Estimate, estimateBench } from './command/measure/bench/estimate.ts';
export { calibrateAlone } from './command/measure/calibrate/calibrate.ts';
export { type Disclosed, Disclosures, sumDisclosed } from './command/measure/disclosures.ts';
export {
  type ImportedLog,
  type ImportLogOptions,
  importLog,
} from './command/measure/import/import-log.ts';
export { type InspectOptions, inspect } from './command/measure/inspect.ts';
export { type JudgeOptions, judge } from './command/measure/judge/judge.ts';
export type { JudgingEvent } from './command/measure/judge/judging-event.ts';
export {
  importLabels,
  type LabelOptions,
  type LabelSession,
  openLabels,
  writeLabels,
} from './command/measure/judge/label.ts';
export { type RunTexts, readTexts } from './command/measure/judge/material.ts';
export { pricesByTarget, readPriceList } from './command/measure/prices/lists.ts';
export {
  comparePrices,
  type PriceDiff,
  type PricedTarget,
  type Prices,
  type PricesOptions,
  readPrices,
} from './command/measure/prices/prices.ts';
export { partName, serversOf } from './command/measure/routes/cells.ts';
export { Servers } from './command/measure/routes/facts.ts';
export { arbitrageIn, routesOf } from './command/measure/routes/of-run.ts';
export { type SimulateOptions, simulate } from './command/measure/simulate.ts';
export { version } from './command/version.ts';
export * from './errors.ts';
export type { ExportResult } from './gateway/export/exporter.ts';
export type { LossRow } from './gateway/export/loss.ts';
export type { Bindings } from './gateway/export/plan.ts';
export { type GatewayName, gateways } from './gateway/gateways.ts';
export { type Deployed, type Gateway, isLack } from './gateway/kit/gateway.ts';
export { importRouting } from './gateway/kit/import-routing.ts';
export { backupPath, mergeExport } from './gateway/kit/merge.ts';
export { getJson } from './http/get-json.ts';
export { answerRow } from './judge/answer-row.ts';
export { checkAnswer } from './judge/check/check.ts';
export { type CheckCommand, checkCommands, checkConfigSchema } from './judge/check/command.ts';
export { type MeasureName, measures } from './judge/check/measures.ts';
export type { Verdict } from './judge/check/verdict.ts';
export { type JudgeEvent, judgeRun } from './judge/judge-run.ts';
export type { JudgeReport, JudgingReport } from './judge/judging-report.ts';
export type { HumanLabel } from './judge/label/corrected.ts';
export {
  type LabelRow,
  type LabelSources,
  labelRows,
  readLabel,
  readLabelSheet,
} from './judge/label/label-sheet.ts';
export { chooseLabels, type LabelTask } from './judge/label/labels.ts';
export { type CachedVote, voteCache } from './judge/panel/cache.ts';
export type { AnswerRow } from './judge/panel/comparison.ts';
export { qualityKindOf } from './judge/panel/pairwise.ts';
export { findReferences } from './judge/references.ts';
export { judgeReplay } from './judge/replay-calls.ts';
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
export type { Certificate } from './optimize/certify/certificate.ts';
export type { CheckedRule, CheckReport } from './optimize/check.ts';
export { draftPolicy } from './optimize/draft.ts';
export { explainRecommendation } from './optimize/explain.ts';
export { parseFloor } from './optimize/problem/floor.ts';
export type {
  NamedPolicy,
  RecommendOptions,
  TargetFacts,
} from './optimize/problem/options.ts';
export { formatSlo, parseSlo, type Slo } from './optimize/problem/slo.ts';
export { recommend as recommendTable } from './optimize/recommend.ts';
export type { Recommendation } from './optimize/recommendation.ts';
export type { RuleReport } from './optimize/rules/report-rules.ts';
export { type Change, changesSince, type Reason, switchPoints } from './optimize/switch-points.ts';
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
  listTargets,
  type Policy,
  type PolicyTarget,
  policySchema,
  type Rule,
  type When,
} from './policy/policy.ts';
export {
  formatPolicy,
  makePolicy,
  type PolicyDraft,
  parsePolicy,
  policyJsonSchema,
  policyNotices,
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
export { inferMaker } from './provider/target/makers.ts';
export { type Preset, presetsByName } from './provider/target/presets.ts';
export { resolveTarget } from './provider/target/resolve-target.ts';
export { groupByModel } from './provider/target/same-model.ts';
export type { PriceOverride, Target } from './provider/target/target.ts';
export {
  limitsSchema,
  type TargetConfig,
  targetConfigSchema,
  timeoutsSchema,
} from './provider/target/target-config.ts';
export { chatUsage } from './provider/wire/openai-usage.ts';
export type { Answer, Attempt } from './replay/event/attempt.ts';
export type { ReplayEvent, SelfCheck, SettledEvent, StopReason } from './replay/event/event.ts';
export { type Load, planReplay, type ReplayOptions, type ReplayPlan } from './replay/load/plan.ts';
export { type Run, startReplay } from './replay/replay.ts';
export { limitHeapGrowth } from './replay/thread/memory.ts';
export { statedErrorLimit } from './replay/thread/self-check.ts';
export { startCassette } from './sim/cassette.ts';
export { type Market, parseMarket } from './sim/market/market.ts';
export { type AuditRow, auditHeader, type Bill, type SwitchRow } from './sim/server/audit.ts';
export { startMarket } from './sim/server/server.ts';
export { type SwitchedFailure, switchPath } from './sim/server/switch.ts';
export { pairsNeeded } from './statistics/sample-size.ts';
export { writeAtomic } from './store/atomic.ts';
export { Journal } from './store/journal.ts';
export { addLabels, writeLabelSheet } from './store/labels.ts';
export { openLedger } from './store/ledger.ts';
export type { Manifest, RunState } from './store/manifest.ts';
export { replaceVerdicts } from './store/rejudge.ts';
export { type ResumeState, readResumeState } from './store/resume-state.ts';
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
export {
  findDivergences,
  overflows,
  priceDivergences,
  type SeenRequest,
} from './verify/divergence.ts';
export {
  type Course,
  type DrillRow,
  drill,
  drillableFailures,
  planDrill,
} from './verify/drill.ts';
export {
  type Check,
  type CheckRow,
  type Send,
  type SentAnswer,
  verify,
} from './verify/verify.ts';
export { findApp, fingerprint } from './workload/app.ts';
export { inputTokens, readFeatures } from './workload/features.ts';
export { type FormatName, formatNames } from './workload/import/formats.ts';
export { parseLine } from './workload/line.ts';
export {
  readWorkload,
  refuseInvalid,
  rereadWorkload,
  type Survey,
  surveyWorkload,
} from './workload/read.ts';
export type { Features, WorkloadRequest } from './workload/request.ts';
export { requestKey } from './workload/request-key.ts';
export { loadCl100k, loadForecast } from './workload/tokens.ts';
