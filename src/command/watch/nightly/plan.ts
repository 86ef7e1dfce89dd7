import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Night } from '../../../compare/night.ts';
import { UsageError } from '../../../errors.ts';
import { listTargets } from '../../../policy/policy.ts';
import { policyNotices } from '../../../policy/write.ts';
import { readGateFile, readNightFile } from '../../../store/decision-files.ts';
import { findRuns } from '../../../store/find-runs.ts';
import { readManifest } from '../../../store/run.ts';
import { type LoadedConfig, loadConfig } from '../../config/config.ts';
import type { CommandContext } from '../../context.ts';
import { readCurrent } from '../../decide/in-force.ts';
import { matchTargets } from '../../decide/match-targets.ts';
import type { SampleGoal } from '../../measure/sample/goal.ts';

/** What a night is to do. What is absent is as arb.yaml or the default says. */
export interface NightlyOptions {
  /** Last night's log or workload, in any form that `arb import` knows. */
  readonly log: string;
  /** The deployed policy; written only where another one is shown to be better. */
  readonly routes: string;
  /** @default 'arb.yaml' */
  readonly config?: string;
  /** Where run directories are. @default 'reports' */
  readonly reports?: string;
  /** Requests that are drawn from the log. @default 500 */
  readonly requests?: number;
  /** Draw as many requests as cost at most this, in USD, instead. */
  readonly maxUsd?: number;
  /** Say what would be done, and send nothing. @default false */
  readonly dryRun?: boolean;
}

/** A night before anything of it is written or sent. */
export interface NightPlan {
  readonly log: string;
  readonly dir: string;
  readonly config: string;
  /** The deployed policy's file. */
  readonly routes: string;
  /** Whether times decide; without one they may be left out. */
  readonly hasSlo: boolean;
  readonly hasJudges: boolean;
  /** Cap on what the night may cost; absent = none. */
  readonly budgetUsd?: number;
  readonly begun: Night;
  readonly goal: SampleGoal;
  /** What is to be known of the deployed policy, a sentence each. */
  readonly notices: readonly string[];
  /** Accepted runs, newest first. */
  readonly baseline: readonly string[];
  /** Of the sample: another one each night, the same one when the night is resumed. */
  readonly seed: number;
}

/** So many accepted nights stand for the past. */
const remembered = 7;
const usualRequests = 500;

/**
 * Plans a night. What the user must change is found here, before anything costs money.
 *
 * @throws UsageError where arb.yaml is not there or not valid, or the deployed policy is not readable, or
 * goes to a target that arb.yaml does not have.
 */
export function planNight(options: NightlyOptions, { now }: CommandContext): NightPlan {
  const { log, config = 'arb.yaml', reports = 'reports', routes, requests, maxUsd } = options;
  const loaded = loadConfig(options.config);
  const { constraints, quality, budget } = loaded.config;
  const notices = checkDeployed(routes, loaded);
  const date = now().toISOString().slice(0, 10);
  const hash = hashNight(loaded, { routes, requests, maxUsd });
  const dir = join(reports, `${date}-nightly-${hash}`);
  const begun: Night = {
    kind: 'nightly',
    version: 1,
    date,
    config_hash: hash,
    verdict: 'started',
    why: 'cut off before it was decided; the same command goes on',
    changes: [],
    accepted: false,
    files: [],
  };
  return {
    log,
    dir,
    config,
    routes,
    ...(budget.max_usd !== undefined && { budgetUsd: budget.max_usd }),
    hasSlo: constraints.slo.length > 0,
    hasJudges: quality.judges.length > 0 || quality.measure !== undefined,
    begun,
    notices,
    goal:
      maxUsd === undefined
        ? { kind: 'requests', requests: requests ?? usualRequests }
        : { kind: 'max-usd', maxUsd },
    baseline: listBaselines(reports, dir),
    seed: Number(date.replaceAll('-', '')),
  };
}

/** Without the budget: a night that its budget stopped goes on under a larger one. */
function hashNight({ config: { budget: _, ...config } }: LoadedConfig, asked: object): string {
  return createHash('sha256')
    .update(JSON.stringify(config))
    .update(JSON.stringify(asked))
    .digest('hex')
    .slice(0, 8);
}

/**
 * The deployed policy can only be held against a night that asks all of its targets.
 *
 * @returns what is to be known of it, e.g. that it was edited by hand
 */
function checkDeployed(routes: string, { file, targets }: LoadedConfig): string[] {
  const current = existsSync(routes) ? readCurrent({ current: routes }) : undefined;
  if (!current) return [];
  const measured = targets.filter(({ role }) => role === 'candidate');
  const names = measured.map(({ name }) => name);
  const { policy } = matchTargets({ name: routes, policy: current.policy }, measured, names);
  const unknown = new Set(
    policy.rules.flatMap(listTargets).filter((each) => !names.includes(each)),
  );
  if (unknown.size === 0) {
    return policyNotices(current.policy).map((notice) => `${routes}: ${notice}`);
  }
  throw new UsageError(
    `${routes}: goes to ${[...unknown].join(', ')}, which is no target of ${file}, so that the policy cannot be checked. Put it back there, or deploy a policy without it first.`,
  );
}

/** The newest complete and valid runs of nights that accepted them, as did every gate since. */
function listBaselines(reports: string, tonight: string): string[] {
  const accepted = findRuns(reports).filter(({ dir, state }) => {
    if (state !== 'complete' || resolve(dir) === resolve(tonight)) return false;
    if (!readNightFile<Night>(dir)?.accepted || readManifest(dir).invalid.length > 0) return false;
    return readGateFile(dir)?.accepted ?? true;
  });
  return accepted
    .reverse()
    .slice(0, remembered)
    .map(({ dir }) => dir);
}
