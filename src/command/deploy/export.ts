import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ExportResult } from '../../gateway/export/exporter.ts';
import type { Bindings } from '../../gateway/export/plan.ts';
import { type GatewayName, gateways } from '../../gateway/gateways.ts';
import { backupPath, mergeExport } from '../../gateway/kit/merge.ts';
import type { Policy } from '../../policy/policy.ts';
import { parsePolicy, policyNotices } from '../../policy/write.ts';
import { parseYaml } from '../../policy/yaml.ts';
import { readManifest } from '../../store/run.ts';
import { readInput } from '../config/input.ts';
import { type ExportRegret, priceLosses } from './regret.ts';

/** What `exportPolicy` is asked. */
export interface ExportRequest {
  readonly to: GatewayName;
  /** The model name that callers ask for. @default 'arb' */
  readonly entry?: string;
  /** A YAML file or its content: target -> existing group of the gateway, or another key variable. */
  readonly bindings?: string | Bindings;
  /** Write it although requests would land elsewhere. @default false */
  readonly allowLoss?: boolean;
  /** The gateway's own config: arb's groups are put into it, and nothing else changes. */
  readonly merge?: string;
  /** A run directory, on whose requests the losses are priced. */
  readonly run?: string;
  /** The run's workload, where it has moved. @default as the run's manifest says */
  readonly workload?: string;
}

/** A gateway's files, and what they could not express. */
export interface ExportedPolicy {
  readonly policy: Policy;
  /** What is to be said of the policy itself. */
  readonly notices: readonly string[];
  readonly result: ExportResult;
  /** Present where it was merged into a config that is there. */
  readonly merged?: MergedExport;
  /** Present where a run was named. */
  readonly regret?: ExportRegret;
  /** The run's workload, to verify with; present where a run was named. */
  readonly workload?: string;
}

/** What a merge writes; nothing is written yet. */
export interface MergedExport {
  readonly diff: string;
  /** The backup first, then the config, then the files beside it. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/**
 * A policy as a gateway's own config.
 *
 * @throws UsageError where the gateway cannot say what the policy says, and `allowLoss` is not set.
 */
export async function exportPolicy(
  routes: string | Policy,
  request: ExportRequest,
): Promise<ExportedPolicy> {
  const { to, entry, bindings, allowLoss, run, workload } = request;
  const policy = typeof routes === 'string' ? parsePolicy(readInput(routes), routes) : routes;
  const result = gateways[to].export(policy, {
    ...(allowLoss && { allowLoss: true }),
    ...(entry !== undefined && { entry }),
    ...(bindings !== undefined && { bindings: readBindings(bindings) }),
  });
  return {
    policy,
    notices: policyNotices(policy),
    result,
    ...(request.merge !== undefined && { merged: mergeInto(request.merge, result, request) }),
    ...(run !== undefined && {
      workload: workload ?? readManifest(run).workload.file,
      regret: await priceLosses(
        policy,
        { ...result, counter: gateways[to].counter },
        { dir: run, workload },
      ),
    }),
  };
}

/** What `--rollback` writes: the config as it was before the last merge. @throws UsageError */
export function rollBackExport(config: string): { readonly path: string; readonly text: string } {
  return { path: config, text: readInput(backupPath(config)) };
}

const bindingsSchema = z.record(
  z.string(),
  z.strictObject({ use: z.string().optional(), api_key_env: z.string().optional() }),
);

function readBindings(bindings: string | Bindings): Bindings {
  if (typeof bindings !== 'string') return bindings;
  return parseYaml(bindingsSchema, readInput(bindings), bindings) as Bindings;
}

/** Touches only arb's own groups and keeps what was there beside it. */
function mergeInto(
  path: string,
  result: ExportResult,
  { to, entry = 'arb' }: ExportRequest,
): MergedExport {
  const { backup, text, others, diff } = mergeExport(gateways[to], result, {
    path,
    text: readInput(path),
    entry,
  });
  const beside = others.map((file) => ({ path: join(dirname(path), file.path), text: file.text }));
  return { diff, files: [backup, { path, text }, ...beside] };
}
