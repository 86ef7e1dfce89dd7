import {
  type Gateway,
  isLack,
  landsElsewhere,
  loadCl100k,
  overflows,
  type Policy,
  readFeatures,
  readManifest,
  readOutcomeRows,
  readWorkload,
  regretOf,
  requestKey,
  type Seen,
  type WorkloadRequest,
} from '../../index.ts';
import { points } from '../recommend/case.ts';
import { dollars } from '../table.ts';

/** The run whose requests the losses are priced on. */
export interface RegretSources {
  readonly dir: string;
  readonly workload: string | undefined;
}

/** The policy that a gateway follows, and how it counts. */
export interface Followed {
  readonly effective: Policy;
  readonly counter: Gateway['counter'];
}

/** What an export's losses come to on the requests of a run, as lines for people. */
export async function describeRegret(
  policy: Policy,
  { effective, counter }: Followed,
  { dir, workload }: RegretSources,
): Promise<string[]> {
  const count = await counterOf(counter);
  const seen: Seen[] = [];
  for await (const request of readWorkload(workload ?? readManifest(dir).workload.file)) {
    const counted = count?.(request);
    seen.push({
      id: request.id,
      features: readFeatures(request),
      ...(counted !== undefined && { counted }),
    });
  }
  const elsewhere = landsElsewhere(policy, effective, seen);
  const worth = await worthIn(dir);
  const regret = regretOf(elsewhere, (id, target) =>
    worth.get(requestKey({ request_id: id, target })),
  );
  const over = overflows(effective, seen);
  return [
    `on ${dir}: ${elsewhere.length} of ${seen.length} requests land elsewhere`,
    ...(regret.priced === 0
      ? []
      : [
          `  they cost ${dollars(regret.cost_usd)} more in all, and change quality by ${points(regret.quality / regret.priced)} points on average (${regret.priced} measured on both sides)`,
        ]),
    ...elsewhere
      .slice(0, MOST_NAMED)
      .map(
        ({ id, policy: ours, gateway }) => `  ${id}: rule ${gateway.rule} instead of ${ours.rule}`,
      ),
    ...(elsewhere.length > MOST_NAMED ? [`  and ${elsewhere.length - MOST_NAMED} more`] : []),
    over.length === 0
      ? '  no request exceeds the context window of a target it may reach'
      : `  ${over.length} requests exceed a context window, e.g. ${over[0]?.id} at ${over[0]?.target}`,
  ];
}

/** Enough to see a pattern. */
const MOST_NAMED = 10;

type Count = (request: WorkloadRequest) => number | undefined;

/** The gateway's own count, where it has one that can be computed here. */
async function counterOf(counter: Gateway['counter']): Promise<Count | undefined> {
  if (isLack(counter) || !counter.count) return undefined;
  const encode = await loadCl100k();
  return ({ body }) => counter.count?.(body, encode);
}

async function worthIn(dir: string) {
  const worth = new Map<string, { cost_usd: number; quality: number }>();
  for await (const { target, request_id, cost_usd, quality, status } of readOutcomeRows(dir)) {
    const judged = status === 'failed' ? 0 : quality;
    if (cost_usd === undefined || judged === undefined) continue;
    worth.set(requestKey({ request_id, target }), { cost_usd, quality: judged });
  }
  return worth;
}
