import { UsageError } from '../../errors.ts';
import type { Policy } from '../../policy/policy.ts';
import { hasListedValues, isFeature } from '../../workload/features.ts';
import type { Residency } from '../../workload/residency.ts';
import { type Floor, parseFloor } from './floor.ts';
import type { Slo } from './slo.ts';

/** What `recommend` is asked; every field but `by` and `floor` has a default. */
export interface RecommendOptions {
  /** Features whose values make cells; `input_tokens` among them allows thresholds. */
  readonly by?: readonly string[];
  /** `best-0.02`, `baseline-0.02`, or a bare number. */
  readonly floor?: string;
  /** Floors of single tasks, beside the overall one. */
  readonly perTask?: Readonly<Record<string, string>>;
  /** One floor for all requests, or the same floor for each kind of score or each task alone. */
  readonly floorBy?: 'all' | 'kind' | 'task';
  /** `recorded`, the name of a target, or a policy; absent = the best single target. */
  readonly baseline?: string | NamedPolicy;
  readonly maxRules?: number;
  readonly maxThresholds?: number;
  readonly maxTargets?: number;
  readonly slos?: readonly Slo[];
  /** How long a target may be silent before its fallback is asked, in milliseconds. */
  readonly firstTokenMs?: number;
  readonly residency?: readonly Residency[];
  readonly targets?: Readonly<Record<string, TargetFacts>>;
  /** Requests per minute at the peak; with it each target's `rpm` is a limit. */
  readonly peakRpm?: number;
  /** Largest share of requests of one provider, 0 to 1. */
  readonly maxProviderShare?: number;
  /** Targets whose answers do not depend on the request, with the reason in words; kept out. @default {} */
  readonly impostors?: Readonly<Record<string, string>>;
  /** Targets and tasks that the sanity checks would keep out, and the user wants in. */
  readonly include?: readonly string[];
  readonly sticky?: 'session';
  readonly alpha?: number;
  /** Share of the requests kept for a point estimate of the quality change. */
  readonly reportPart?: number;
  /**
   * Decides which requests choose and which certify: md5(salt + session) below 0.4 of its range
   * chooses. Equal salts give a request the same part in every run.
   *
   * @default 'arb'
   */
  readonly splitSalt?: string;
  /**
   * Draws the sessions of an arm, and stands in the policy: who is in at 40 % stays in at 50 %.
   *
   * @default 'arm'
   */
  readonly armSalt?: string;
  /** Largest loss of quality within an arm. @default the larger of 0.1 and twice the margin */
  readonly armLoss?: number;
  /**
   * Whether one task of 5 % of the traffic or more may lose over 0.10 of its quality unnoticed:
   * policies that are forecast to are not proposed, and one that is shown to is passed over.
   *
   * @default 'guarded'
   */
  readonly taskLoss?: 'guarded' | 'allowed';
  /**
   * Part of the saving that a policy of fewer rules and targets may give up.
   *
   * @default 0.01
   */
  readonly simpler?: number;
  /** Requests that always go to one target. @default [] */
  readonly pin?: readonly FixedRoute[];
  /** Targets that every policy keeps in use. @default [] */
  readonly pinnedTargets?: readonly string[];
  /** Requests that are never sent to some targets. @default [] */
  readonly forbid?: readonly FixedRoute[];
  /** Whether a share of the traffic may be certified where the whole cannot. @default 'shares' */
  readonly arms?: 'shares' | 'none';
  /**
   * How many times this run was asked for a certificate, this time included: from the fourth on the
   * error is divided by it.
   *
   * @default 1
   */
  readonly looks?: number;
  /** For all searches together; best found so far when it is over. @default 30_000 */
  readonly timeLimitMs?: number;
  /** Milliseconds on any clock; `timeLimitMs` is kept only with it, for the library has none. */
  readonly now?: () => number;
  readonly proof?: 'certify' | 'none';
  /** Policies to stand in the table of rivals. */
  readonly rivals?: readonly NamedPolicy[];
  /** The route that is in force: kept unless a change is worth more than this share of its cost. */
  readonly current?: NamedPolicy;
  readonly hysteresis?: number;
}

/** Requests that have each of these features with one of its values, and a target of theirs. */
export interface FixedRoute {
  readonly when: Readonly<Record<string, readonly string[]>>;
  readonly use: string;
}

export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}

/** What is known of a target besides how it did. */
export interface TargetFacts {
  /** Routes to one model may stand for each other. */
  readonly model?: string;
  readonly provider?: string;
  readonly maker?: string;
  readonly via?: string;
  readonly regions?: readonly string[];
  readonly contextTokens?: number;
  /** Requests per minute it takes. */
  readonly rpm?: number;
  /** Values of `metadata.data_class` that may be sent there; absent = any. */
  readonly dataClasses?: readonly string[];
  /** `forbidden` keeps it out. */
  readonly terms?: 'allowed' | 'forbidden';
}

export interface NormalOptions
  extends Omit<Required<RecommendOptions>, Optional | 'floor' | 'perTask'>,
    Pick<RecommendOptions, Optional> {
  readonly floor: Floor;
  readonly perTask: Readonly<Record<string, Floor>>;
}

type Optional =
  | 'baseline'
  | 'maxRules'
  | 'maxTargets'
  | 'peakRpm'
  | 'maxProviderShare'
  | 'sticky'
  | 'armLoss'
  | 'now'
  | 'current';

const defaults = {
  by: ['task', 'input_tokens'],
  floor: 'best-0.02',
  floorBy: 'all',
  maxThresholds: 1,
  slos: [],
  firstTokenMs: 5_000,
  residency: [],
  targets: {},
  include: [],
  impostors: {},
  alpha: 0.05,
  splitSalt: 'arb',
  armSalt: 'arm',
  arms: 'shares',
  taskLoss: 'guarded',
  simpler: 0.01,
  pin: [],
  pinnedTargets: [],
  forbid: [],
  looks: 1,
  reportPart: 0,
  proof: 'certify',
  rivals: [],
  hysteresis: 0.02,
  timeLimitMs: 30_000,
} as const satisfies RecommendOptions;

/** Fills in the defaults and checks the ranges. @throws UsageError */
export function normalise(options: RecommendOptions): NormalOptions {
  const { floor, perTask, ...given } = { ...defaults, ...options };
  const wrong = given.by.filter((key) => !isFeature(key));
  if (wrong.length > 0) {
    throw new UsageError(
      `--by ${wrong[0]} is no feature. Use task, app, metadata.<key>, tools, json, vision, turns, input_tokens.`,
    );
  }
  for (const [key, routes] of [
    ['pin', given.pin],
    ['forbid', given.forbid],
  ] as const) {
    const other = routes
      .flatMap(({ when }) => Object.keys(when))
      .find((feature) => !hasListedValues(feature));
    if (other === undefined) continue;
    throw new UsageError(
      `policy.${key}: "${other}" is no feature with values. Use task, app, metadata.<key>, tools, json, vision or turns.`,
    );
  }
  within('--alpha', given.alpha, [0.001, 0.5]);
  within('--report-part', given.reportPart, [0, 0.5]);
  within('--arm-loss', given.armLoss ?? 1, [0, 1]);
  within('--simpler', given.simpler, [0, 0.5]);
  within('--max-thresholds', given.maxThresholds, [0, 8]);
  within('--max-rules', given.maxRules ?? 1, [1, 1e6]);
  within('--max-targets', given.maxTargets ?? 1, [1, 1e6]);
  within('--max-provider-share', given.maxProviderShare ?? 1, [0, 1]);
  return {
    ...given,
    alpha: given.looks > freeLooks ? given.alpha / given.looks : given.alpha,
    by: [...new Set(given.by)],
    floor: parseFloor(floor),
    perTask: Object.fromEntries(
      Object.entries(perTask ?? {}).map(([task, text]) => [task, parseFloor(text)]),
    ),
  };
}

/** So many looks at one run are taken to be the same question put right. */
const freeLooks = 3;

/**
 * What makes one question to a table another one, in the names of files: floors, classes, references and
 * salts; limits of time and comparisons do not.
 */
export function describeQuestion(options: RecommendOptions): object {
  const { baseline, perTask, floorBy, maxRules, maxThresholds, maxTargets, ...rest } = options;
  const { by, floor, slos, alpha, splitSalt, armSalt, armLoss, arms, include } = rest;
  const { taskLoss, simpler, pin, pinnedTargets, forbid } = rest;
  return {
    by,
    floor,
    per_task: perTask,
    floor_by: floorBy,
    baseline: typeof baseline === 'object' ? baseline.policy.id : baseline,
    slos,
    alpha,
    max_rules: maxRules,
    max_thresholds: maxThresholds,
    max_targets: maxTargets,
    split_salt: splitSalt,
    arm_salt: armSalt,
    arm_loss: armLoss,
    arms,
    include,
    task_loss: taskLoss,
    simpler,
    pin,
    pinned_targets: pinnedTargets,
    forbid,
  };
}

function within(option: string, value: number, [least, most]: readonly [number, number]): void {
  if (value >= least && value <= most) return;
  throw new UsageError(`${option} is ${value}; it must be between ${least} and ${most}.`);
}
