import type { ExportResult } from '../../gateway/export/exporter.ts';
import { type Gateway, isLack } from '../../gateway/kit/gateway.ts';
import type { Policy } from '../../policy/policy.ts';
import { resolveSession } from '../../policy/sources.ts';
import { readOutcomeRows } from '../../store/rows.ts';
import { readManifest } from '../../store/run.ts';
import {
  type Divergence,
  findDivergences,
  type Overflow,
  overflows,
  priceDivergences,
  type Regret,
  type SeenRequest,
  type TargetWorth,
} from '../../verify/divergence.ts';
import { readFeatures } from '../../workload/features.ts';
import { readWorkload } from '../../workload/read.ts';
import type { WorkloadRequest } from '../../workload/request.ts';
import { requestKey } from '../../workload/request-key.ts';
import { loadCl100k } from '../../workload/tokens.ts';
import { toRunLimits } from '../config/run-limits.ts';

/** The run whose requests the losses are priced on. */
export interface RegretSources {
  readonly dir: string;
  readonly workload: string | undefined;
}

/** What an export's losses come to on the requests of a run. */
export interface ExportRegret {
  readonly run: string;
  readonly requests: number;
  readonly elsewhere: readonly Divergence[];
  readonly regret: Regret;
  readonly overflows: readonly Overflow[];
}

/** The policy that a gateway follows, and how it counts. */
export interface FollowedPolicy extends Pick<ExportResult, 'effective' | 'loss'> {
  readonly counter: Gateway['counter'];
}

export async function priceLosses(
  policy: Policy,
  { effective, counter, loss }: FollowedPolicy,
  { dir, workload }: RegretSources,
): Promise<ExportRegret> {
  const count = await loadCounter(counter);
  const seen: SeenRequest[] = [];
  const manifest = readManifest(dir);
  const file = workload ?? manifest.workload.file;
  for await (const request of readWorkload(file, toRunLimits(manifest))) {
    const counted = count?.(request);
    const session = resolveSession(policy, request);
    seen.push({
      id: request.id,
      ...(session !== undefined && { session }),
      features: readFeatures(request),
      ...(counted !== undefined && { counted }),
    });
  }
  // A split that is dropped is drawn for each request: a session does not stay in its arm.
  const redrawn = loss.flatMap(({ rule, feature, how }) =>
    feature === 'split' && how === 'dropped' ? [rule] : [],
  );
  const elsewhere = findDivergences(policy, { effective, redrawn }, seen);
  const worth = await readWorth(dir);
  return {
    run: dir,
    requests: seen.length,
    elsewhere,
    regret: priceDivergences(elsewhere, (id, target) =>
      worth.get(requestKey({ request_id: id, target })),
    ),
    overflows: overflows(effective, seen),
  };
}

type Count = (request: WorkloadRequest) => number | undefined;

/** The gateway's own count, where it has one that can be computed here. */
async function loadCounter(counter: Gateway['counter']): Promise<Count | undefined> {
  if (isLack(counter) || !counter.count) return undefined;
  const encode = await loadCl100k();
  return ({ body }) => counter.count?.(body, encode);
}

/** By target and request. */
async function readWorth(dir: string): Promise<ReadonlyMap<string, TargetWorth>> {
  const worth = new Map<string, TargetWorth>();
  for await (const { target, request_id, cost_usd, quality, status } of readOutcomeRows(dir)) {
    const judged = status === 'failed' ? 0 : quality;
    if (cost_usd === undefined || judged === undefined) continue;
    worth.set(requestKey({ request_id, target }), { cost_usd, quality: judged });
  }
  return worth;
}
