import { dirname, join } from 'node:path';
import type { Arbitrage } from '../../arbitrage/arbitrage.ts';
import { type ExitCode, exitCodes } from '../../errors.ts';
import { isLoopback } from '../../http/network/loopback.ts';
import { draftPolicy } from '../../optimize/draft.ts';
import { type CertifiedFloors, certifyFloors } from '../../optimize/floors.ts';
import type { NamedPolicy } from '../../optimize/problem/options.ts';
import { describeQuestion } from '../../optimize/problem/options.ts';
import { recommendTable as findOptimum } from '../../optimize/recommend.ts';
import type { Recommendation } from '../../optimize/recommendation.ts';
import { changesSince, switchPoints } from '../../optimize/switch-points.ts';
import { findFrontier, targetValues } from '../../optimize/views.ts';
import { readOutcomes } from '../../outcome/read.ts';
import { type OutcomeTable, pickRows } from '../../outcome/table.ts';
import { listTargets, type Policy } from '../../policy/policy.ts';
import {
  makePolicy,
  policyJsonSchema,
  policyNotices,
  policySchemaFile,
} from '../../policy/write.ts';
import type { DecidedCase } from '../../report/text/verdict.ts';
import type { DecisionViews, TargetValue } from '../../report/text/views.ts';
import { countLook, type Looks } from '../../store/looks.ts';
import { arbitrageIn } from '../measure/routes/of-run.ts';
import { version } from '../version.ts';
import type { RecommendRequest } from './decision-request.ts';
import { chooseInForce, type InForce, readCurrent } from './in-force.ts';
import { type DecisionCase, readCase } from './read-case.ts';
import { findSources, toEvidence } from './sources.ts';
import { summarise } from './summary.ts';
import { toPolicyTargets } from './target-facts.ts';
import { findVolume, readLogFacts } from './traffic.ts';

/** What was found, what to put in force, and how the command line ends. */
export interface RecommendResult extends DecidedCase, DecisionViews {
  readonly inForce: InForce;
  /** The command that completes the runs, where one did not end. */
  readonly resume?: string;
  readonly doubts: readonly string[];
  readonly notes: readonly string[];
  readonly arbitrage: Arbitrage;
  /** The figures as `--summary` writes them. */
  readonly summary: object;
  /** The policy at `out`, where that was given, and its schema beside it; nothing is written yet. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly exitCode: ExitCode;
}

/**
 * Finds the cheapest policy that keeps its floors, tests it on requests that the search did not
 * see, and says what to put in force.
 *
 * @throws UsageError where the request names what is not there, or not valid.
 */
export async function recommend(
  request: RecommendRequest & { readonly now?: Date } = {},
): Promise<RecommendResult> {
  const current = readCurrent(request);
  const known = withComparable(await readCase(request));
  const { table, options, sources, targets, settings } = known;
  const { looks, doubts: uncounted } = countLooks(known);
  const found = findOptimum(table, { ...options, looks });
  const inForce = chooseInForce(found, createPolicy(found, known), current);
  const dirs = sources.runs.map(({ dir }) => dir);
  const at = request.now ?? new Date();
  const arbitrage = await arbitrageIn(table, { dirs, targets, at });
  const log = request.volume === undefined ? await readLogFacts(sources) : undefined;
  return {
    inForce,
    found,
    requests: table.rows,
    runs: dirs,
    settings,
    scores: table.qualityKind?.values ?? [],
    volume: findVolume(request.volume, log),
    ...(known.resume !== undefined && { resume: known.resume }),
    doubts: [...listNotices(known), ...known.doubts, ...uncounted],
    notes: known.notes,
    local: listLocal(inForce),
    arbitrage,
    summary: {
      ...summarise(found, inForce),
      settings,
      ...(arbitrage.models.length > 0 && { arbitrage }),
    },
    files: request.out === undefined ? [] : listFiles(inForce, request.out),
    exitCode: toExitCode(found),
    ...(await lookFurther(known, request)),
  };
}

/** The targets of a policy that were measured at this machine. */
function listLocal(inForce: InForce): string[] {
  if (inForce.kind === 'none') return [];
  const { rules, targets } = inForce.policy;
  const local = [...new Set(rules.flatMap(listTargets))].filter((name) => {
    const address = targets[name]?.base_url;
    return address !== undefined && isLoopback(new URL(address));
  });
  return local;
}

/** From the fourth different question to a run on, the error of each is divided by their number. */
function countLooks({ sources: { runs }, options }: DecisionCase): Looks {
  if (options.proof === 'none') return { looks: 1, doubts: [] };
  if (runs.length === 0) {
    return {
      looks: 1,
      doubts: [
        'arb counts the questions to a run and divides the error of a certificate by their number from the fourth on; of a table it keeps no count',
      ],
    };
  }
  return countLook(
    runs.map(({ dir }) => dir),
    describeQuestion(options),
  );
}

/** Of the policies that the request names: the one in force, the baseline and the rivals. */
function listNotices({ options: { current, baseline, rivals = [] } }: DecisionCase): string[] {
  const named = [current, typeof baseline === 'object' ? baseline : undefined, ...rivals];
  return named.flatMap((one) =>
    one ? policyNotices(one.policy).map((notice) => `${one.name}: ${notice}`) : [],
  );
}

/** A policy in force of which a target was not measured is compared with nothing, and is said. */
function withComparable(known: DecisionCase): DecisionCase {
  const { current, ...options } = known.options;
  const unmeasured = current && findUnmeasured(current, known.table.targets);
  if (unmeasured === undefined) return known;
  const doubt = `${current?.name} sends requests to "${unmeasured}", which was not measured, so the policy in force is compared with nothing`;
  return { ...known, options, doubts: [...known.doubts, doubt] };
}

/** The first target that a policy sends requests to and the table does not have. */
function findUnmeasured({ policy }: NamedPolicy, measured: readonly string[]): string | undefined {
  return policy.rules
    .flatMap(({ use, split }) => [use, ...(split?.to ?? []).map(({ target }) => target)])
    .find((name) => name !== undefined && !measured.includes(name));
}

function createPolicy(found: Recommendation, known: DecisionCase): Policy {
  const { sticky } = known.options;
  return makePolicy(
    draftPolicy(found, {
      targets: toPolicyTargets(known.targets),
      ...(sticky && { sticky }),
      evidence: {
        ...toEvidence(known.sources, known.list),
        ...(known.targets.length > 0 && { addresses: listAddresses(known) }),
        arb: version,
      },
    }),
  );
}

function listFiles(inForce: InForce, out: string): RecommendResult['files'] {
  if (inForce.kind === 'none') return [];
  const schema = `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;
  return [
    { path: join(dirname(out), policySchemaFile), text: schema },
    { path: out, text: inForce.text },
  ];
}

async function lookFurther(
  { table, options }: DecisionCase,
  { frontier, floors, viewCells, values, since }: RecommendRequest,
): Promise<DecisionViews> {
  const drawn = frontier || floors ? drawRows(table, viewCells) : table;
  return {
    ...(frontier && { frontier: findFrontier(drawn, options) }),
    ...toFloors(floors ? certifyFloors(drawn, options) : undefined),
    ...(drawn.rows < table.rows && { drawnFrom: drawn.rows }),
    ...(values && { values: listValues(table, options) }),
    ...(since !== undefined && {
      since: {
        run: since,
        changes: changesSince(
          await readOutcomes(findSources({ runs: [since] }).files),
          table,
          options,
        ),
      },
    }),
  };
}

/** Of a table with too many cells the first rows: its order is that of a hash of the requests' names. */
function drawRows(table: OutcomeTable, cells = Number.POSITIVE_INFINITY): OutcomeTable {
  const rows = Math.floor(cells / Math.max(1, table.targets.length));
  if (rows >= table.rows) return table;
  return pickRows(
    table,
    Int32Array.from({ length: rows }, (_, row) => row),
  );
}

const toFloors = (floors: CertifiedFloors | undefined) => (floors ? { floors } : {});

function listValues(
  table: DecisionCase['table'],
  options: DecisionCase['options'],
): readonly TargetValue[] {
  const switches = new Map(switchPoints(table, options).map((each) => [each.target, each]));
  return targetValues(table, options).map(({ target, losesUsd }) => {
    const at = switches.get(target);
    const atCost = at?.atCost;
    return { target, losesUsd, used: !at, ...(atCost !== undefined && { atCost }) };
  });
}

function toExitCode(found: Recommendation): ExitCode {
  if (found.status !== 'keep-current') return exitCodes.ok;
  const isOpen = found.notFound || found.certificate?.verdict === 'INCONCLUSIVE';
  return isOpen ? exitCodes.inconclusive : exitCodes.no;
}

/** Where the targets were reached, so that another address is noticed. */
function listAddresses({ targets }: DecisionCase): Record<string, string> {
  return Object.fromEntries(targets.map(({ name, baseUrl }) => [name, baseUrl]));
}
