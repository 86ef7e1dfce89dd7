/**
 * arb as a library: what the command line does, which imports nothing else, and the parts that it is
 * made of. Functions return or yield plain data; none prints, exits or reads the environment.
 */

// Errors. Each says what is wrong, where, and what to do; a command's exit code is part of its result.

export { ArbError, type ExitCode, exitCodes, UsageError, WorkloadError } from './errors.ts';

// Configure: arb.yaml, read and resolved, or written from the keys in the environment.

export { type LoadedConfig, loadConfig } from './command/config/config.ts';
export { type Initialised, init } from './command/config/init.ts';
export type { Config } from './command/config/schema.ts';
export type { CommandContext, Env } from './command/context.ts';
export type { PriceOverride, Target } from './provider/target/target.ts';

// Measure: replay a workload against targets, priced and judged, into a run directory.

export { bench } from './command/measure/bench/bench.ts';
export type { BenchEvent, BenchResult, LiveBench } from './command/measure/bench/bench-event.ts';
export type { BenchOptions } from './command/measure/bench/bench-options.ts';
export { type Estimate, estimateBench } from './command/measure/bench/estimate.ts';
export { calibrateAlone } from './command/measure/calibrate/calibrate.ts';
export {
  type ImportedLog,
  type ImportLogOptions,
  importLog,
} from './command/measure/import/import-log.ts';
export type { SuggestedChecks } from './command/measure/import/suggest-checks.ts';
export { type Inspection, type InspectOptions, inspect } from './command/measure/inspect.ts';
export { type JudgeOptions, judge } from './command/measure/judge/judge.ts';
export type { JudgingEvent } from './command/measure/judge/judging-event.ts';
export {
  importLabels,
  type LabelOptions,
  type LabelSession,
  openLabels,
  writeLabels,
} from './command/measure/judge/label.ts';
export {
  comparePrices,
  type PriceDiff,
  type PricedTarget,
  type Prices,
  type PricesOptions,
  readPrices,
} from './command/measure/prices/prices.ts';
export type { SampleGoal } from './command/measure/sample/goal.ts';
export {
  type SampleWorkloadOptions,
  sampleWorkload,
  type WorkloadSample,
} from './command/measure/sample/sample.ts';
export type { Scoring } from './command/measure/scoring.ts';
export { type SimulateOptions, simulate } from './command/measure/simulate.ts';
export type { JudgeReport, JudgingReport } from './judge/judging-report.ts';
export type { HumanLabel } from './judge/label/corrected.ts';
export type { LabelRow } from './judge/label/label-sheet.ts';
export type { PriceChange, PriceList } from './price/price-list.ts';
export { listParts } from './price/price-list.ts';
export type { Traffic, TrafficPart } from './price/traffic.ts';
export type { TargetFit } from './provider/inspect-targets.ts';
export { type FormatName, formatNames } from './workload/import/formats.ts';

// Decide: the cheapest policy that keeps its floors, and whether a given one does.

export { type CheckResult, check } from './command/decide/check.ts';
export type { DecisionRequest, RecommendRequest } from './command/decide/decision-request.ts';
export type { InForce } from './command/decide/in-force.ts';
export { type RecommendResult, recommend } from './command/decide/recommend.ts';
export type { Certificate } from './optimize/certify/certificate-report.ts';
export type { CheckedRule, CheckReport } from './optimize/check.ts';
export { explainRecommendation } from './optimize/explain.ts';
export type { NamedPolicy } from './optimize/problem/options.ts';
export type { Recommendation } from './optimize/recommendation.ts';
export type { RuleReport } from './optimize/rules/report-rules.ts';
export type { Setting } from './optimize/setting.ts';
export type { Change, Reason } from './optimize/switch-points.ts';
export type { FrontierView } from './optimize/views.ts';
export type { Volume } from './report/text/verdict.ts';
export type { TargetValue } from './report/text/views.ts';

// Deploy: a policy as a gateway's config and back, what it does to a request, and whether the gateway does so.

export {
  type ExportedPolicy,
  type ExportRequest,
  exportPolicy,
  type MergedExport,
  rollBackExport,
} from './command/deploy/export.ts';
export { type ImportedPolicy, type ImportRequest, importPolicy } from './command/deploy/import.ts';
export { identifyPolicy } from './command/deploy/policy-id.ts';
export type { ExportRegret } from './command/deploy/regret.ts';
export {
  type RequestText,
  type RoutedRequest,
  type RoutedRequests,
  routeRequests,
} from './command/deploy/route.ts';
export { type VerifyRequest, verifyPolicy } from './command/deploy/verify.ts';
export type { DrillResult, VerifyResult } from './command/deploy/verify-result.ts';
export type { LossRow } from './gateway/export/loss.ts';
export { type GatewayName, gateways } from './gateway/gateways.ts';
export { isLack } from './gateway/kit/gateway.ts';
export type { SwitchedFailure } from './sim/server/switch.ts';
export type { DrillRow } from './verify/drill.ts';
export type { RuleTotal } from './verify/drill-figures.ts';
export type { CheckRow } from './verify/verify.ts';

// Watch: two runs compared, a run held against accepted ones, all runs over time.

export { type CompareResult, compare } from './command/watch/compare.ts';
export { type GateRequest, type GateResult, gate } from './command/watch/gate.ts';
export { type HistoryResult, history } from './command/watch/history.ts';
export { nightly } from './command/watch/nightly/nightly.ts';
export { report } from './command/watch/report.ts';
export { toMarkdown } from './report/sheet/markdown.ts';
export type { TextReport } from './report/sheet/sheet.ts';

// Policies: routes.yaml read, written, and asked.

export { type Decision, decide } from './policy/decide.ts';
export type { Explanation } from './policy/explain.ts';
export type { Policy, PolicyTarget, Rule, When } from './policy/policy.ts';
export {
  formatPolicy,
  makePolicy,
  type NamedText,
  type PolicyDraft,
  parsePolicy,
  policyNotices,
} from './policy/write.ts';

// Runs on disk.

export type { Outcome } from './outcome/outcome.ts';
export type { Attempt } from './replay/event/attempt.ts';
export { writeAtomic } from './store/file/atomic.ts';
export { listRuns } from './store/find-runs.ts';
export type { Manifest, RunState } from './store/manifest.ts';
export { readOutcomeRows } from './store/rows.ts';
export { readManifest } from './store/run.ts';
export type { RunSummary, RunTargetSummary } from './store/summary.ts';

// The parts, for a pipeline of one's own: requests, a replay and its figures, outcomes, the optimiser.

export type { Arbitrage, ModelRoutes, Route } from './arbitrage/arbitrage.ts';
export type { Calibration } from './measure/calibration.ts';
export type { KeptSlo } from './measure/goodput.ts';
export { createMeter, type Meter, type TargetSnapshot } from './measure/meter.ts';
export type { Percentiles } from './measure/percentiles.ts';
export type { Summary, TargetSummary } from './measure/summary.ts';
export type { RecommendOptions } from './optimize/problem/options.ts';
export type { Slo } from './optimize/problem/slo.ts';
export { recommendTable } from './optimize/recommend.ts';
export { readOutcomes } from './outcome/read.ts';
export type { OutcomeTable } from './outcome/table.ts';
export { resolveTarget } from './provider/target/resolve-target.ts';
export { type TargetConfig, targetConfigSchema } from './provider/target/target-config.ts';
export type { ReplayEvent, SelfCheck } from './replay/event/event.ts';
export { planReplay, type ReplayOptions, type ReplayPlan } from './replay/load/plan.ts';
export { type Run, startReplay } from './replay/replay.ts';
export type { AuditRow, Bill } from './sim/server/audit.ts';
export { readFeatures } from './workload/features.ts';
export { readWorkload } from './workload/read.ts';
export type { Features, WorkloadRequest } from './workload/request.ts';

// Words for figures, as the command line writes them.

export { version } from './command/version.ts';
export { readLabel } from './judge/label/label-sheet.ts';
export { formatSlo } from './optimize/problem/slo.ts';
export { type Ms, ms, type Usd } from './units.ts';
