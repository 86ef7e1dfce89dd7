import type { Cli } from './terminal/cli.ts';
import type { CommandName } from './terminal/summaries.ts';

type AddCommand = (cli: Cli) => void;

/**
 * How to load each command. Only the one that runs is loaded: all of them take ten times as long as
 * Node itself.
 */
export const commands: Readonly<Record<CommandName, () => Promise<AddCommand>>> = {
  demo: async () => (await import('./measure/demo.ts')).addDemo,
  init: async () => (await import('./measure/init.ts')).addInit,
  doctor: async () => (await import('./measure/doctor.ts')).addDoctor,
  import: async () => (await import('./measure/import.ts')).addImport,
  sample: async () => (await import('./measure/sample.ts')).addSample,
  inspect: async () => (await import('./measure/inspect.ts')).addInspect,
  bench: async () => (await import('./measure/bench/bench.ts')).addBench,
  judge: async () => (await import('./measure/judge/judge.ts')).addJudge,
  label: async () => (await import('./measure/judge/label.ts')).addLabel,
  recommend: async () => (await import('./decide/recommend.ts')).addRecommend,
  check: async () => (await import('./decide/check.ts')).addCheck,
  route: async () => (await import('./deploy/route.ts')).addRoute,
  export: async () => (await import('./deploy/export.ts')).addExport,
  policy: async () => (await import('./deploy/policy.ts')).addPolicy,
  verify: async () => (await import('./deploy/verify.ts')).addVerify,
  prices: async () => (await import('./measure/prices.ts')).addPrices,
  report: async () => (await import('./watch/report.ts')).addReport,
  compare: async () => (await import('./watch/compare.ts')).addCompare,
  gate: async () => (await import('./watch/gate.ts')).addGate,
  nightly: async () => (await import('./watch/nightly.ts')).addNightly,
  history: async () => (await import('./watch/history.ts')).addHistory,
  purge: async () => (await import('./measure/purge.ts')).addPurge,
  completion: async () => (await import('./completion/completion.ts')).addCompletion,
  sim: async () => (await import('./measure/sim.ts')).addSim,
};
