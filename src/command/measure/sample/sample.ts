import { createReadStream, existsSync } from 'node:fs';
import type { WorkloadError } from '../../../errors.ts';
import { StreamFile } from '../../../store/file/stream-file.ts';
import { readLines } from '../../../table/lines.ts';
import { toReadingLimits } from '../../../workload/limits.ts';
import { parseKnownLine } from '../../../workload/line.ts';
import { rereadWorkload, type Survey } from '../../../workload/read.ts';
import type { WorkloadRequest } from '../../../workload/request.ts';
import { type Drawn, effectiveSize } from '../../../workload/sample/draw.ts';
import { type Frame, FrameBuilder } from '../../../workload/sample/frame.ts';
import { NearDuplicates } from '../../../workload/sample/near-duplicates.ts';
import { loadConfig } from '../../config/config.ts';
import type { CommandContext } from '../../context.ts';
import { openRedaction, type Redaction, type RedactionOptions } from '../redact/redaction.ts';
import { openWorkload } from '../workload-file.ts';
import { createForecast } from './forecast.ts';
import { drawFor, type SampleGoal } from './goal.ts';

/** `config` names the targets that a price is forecast for; without one it is as recorded. */
export interface SampleWorkloadOptions extends RedactionOptions {
  readonly goal: SampleGoal;
  /** What is written. */
  readonly out: string;
  /** Small groups get more than their share, with weights that make up for it. @default false */
  readonly stratify?: boolean;
  /** The same seed draws the same requests. @default 1 */
  readonly seed?: number;
  /** Leave bad lines of the workload out. @default false: they are refused */
  readonly skipInvalid?: boolean;
}

/** What was drawn. */
export interface WorkloadSample {
  readonly out: string;
  readonly requests: number;
  /** Of the workload. */
  readonly of: number;
  /** Bad lines of the workload that were left out. */
  readonly leftOut: readonly WorkloadError[];
  /** What a certificate counts: sessions, groups of near-duplicates, other requests. */
  readonly units: number;
  /** Units that the goal needs, where it is a margin. */
  readonly neededUnits?: number;
  /** Requests in groups of two or more near-duplicates, and such groups. */
  readonly duplicates: { readonly requests: number; readonly groups: number };
  /** Unweighted requests that say as much; less than `requests` where weights differ. */
  readonly effective: number;
  /** What asking it comes to; absent where nothing is priced. */
  readonly costUsd?: number;
  /** By task, app and tools, the largest first. */
  readonly strata: readonly {
    readonly name: string;
    readonly of: number;
    readonly drawn: number;
  }[];
  readonly redacted: ReadonlyMap<string, number>;
}

/**
 * Draws the requests that are to be asked: each task, app, length and time in proportion, sessions
 * whole, and marks near-duplicates as one group. @throws WorkloadError, UsageError
 */
export async function sampleWorkload(
  workload: string,
  options: SampleWorkloadOptions,
  { now, stdin }: Pick<CommandContext, 'now' | 'stdin'>,
): Promise<WorkloadSample> {
  const { config, skipInvalid = false } = options;
  const loaded = config !== undefined || existsSync('arb.yaml') ? loadConfig(config) : undefined;
  const redaction = openRedaction(options);
  const { survey, release } = await openWorkload(workload, {
    stdin,
    skipInvalid,
    limits: toReadingLimits(loaded?.config.limits),
  });
  try {
    const costUsd = createForecast(loaded?.targets ?? [], now());
    const builder = new FrameBuilder(costUsd);
    for await (const piece of rereadWorkload(survey)) {
      for (const request of piece) builder.add(request);
    }
    builder.fold();
    const { frame } = builder;
    const drawing = drawFor(frame, options.goal, {
      spread: options.stratify ? 'balanced' : 'proportional',
      seed: options.seed ?? 1,
    });
    let found = drawing.next();
    let groups = await findGroups(survey, frame, found.drawn);
    while (drawing.wantsMore(groups.units)) {
      found = drawing.next();
      groups = await findGroups(survey, frame, found.drawn);
    }
    const written = await writeSample(survey, {
      frame,
      drawn: found.drawn,
      groups,
      redaction,
      out: options.out,
    });
    return {
      out: options.out,
      of: frame.requests,
      leftOut: survey.invalid,
      requests: written.weights.length,
      units: groups.units,
      ...(drawing.neededUnits !== undefined && { neededUnits: drawing.neededUnits }),
      duplicates: groups.duplicates,
      effective: effectiveSize(written.weights),
      ...(found.costUsd > 0 && { costUsd: found.costUsd }),
      strata: countStrata(frame, found.drawn),
      redacted: redaction?.counts ?? new Map(),
    };
  } finally {
    redaction?.close();
    release();
  }
}

/** What is drawn is kept up to so many characters, so that the file is not read for it again. */
const MOST_KEPT = 16 * 1_024 * 1_024;

/** Large workloads are read in fewer, larger pieces than Node's 64 KB. */
const PIECE = 512 * 1_024;

interface Groups {
  /** What was drawn, in the order of the file; absent where that is too much to keep. */
  readonly kept: readonly DrawnLine[] | undefined;
  /** By line: the group's name. */
  readonly nameOf: ReadonlyMap<number, string>;
  readonly units: number;
  readonly duplicates: WorkloadSample['duplicates'];
}

async function findGroups(survey: Survey, frame: Frame, drawn: Drawn): Promise<Groups> {
  const found = new NearDuplicates();
  const lines: number[] = [];
  const ids: string[] = [];
  const kept: DrawnLine[] = [];
  let length = 0;
  for await (const drawnLine of readDrawn(survey, frame, drawn)) {
    const { request, unit, text } = drawnLine;
    length += text.length;
    if (length <= MOST_KEPT) kept.push(drawnLine);
    // A session is a unit already.
    if (request.session !== undefined || (frame.size[unit] ?? 1) > 1) continue;
    found.add(request, frame.stratum[unit] ?? 0);
    lines.push(request.line);
    ids.push(request.id);
  }
  const sessions = drawn.size - lines.length;
  const first = found.find();
  const sizes = new Map<number, number>();
  for (const place of first) sizes.set(place, (sizes.get(place) ?? 0) + 1);
  const nameOf = new Map<number, string>();
  first.forEach((place, at) => {
    if ((sizes.get(place) ?? 0) > 1) nameOf.set(lines[at] as number, `near-${ids[place]}`);
  });
  const groups = [...sizes.values()].filter((size) => size > 1).length;
  return {
    kept: length <= MOST_KEPT ? kept : undefined,
    nameOf,
    units: sessions + sizes.size,
    duplicates: { requests: nameOf.size, groups },
  };
}

interface DrawnLine {
  readonly text: string;
  readonly request: WorkloadRequest;
  readonly unit: number;
}

/** The lines of the units that were drawn, in the order of the file; the others are not parsed. */
async function* readDrawn(survey: Survey, frame: Frame, drawn: Drawn): AsyncGenerator<DrawnLine> {
  const { file, limits } = survey;
  let line = 0;
  const open = () => createReadStream(file, { highWaterMark: PIECE });
  for await (const texts of readLines({ name: file, open }, limits.lineCharacters)) {
    for (const text of texts) {
      line += 1;
      const unit = frame.unitOfLine[line] ?? -1;
      if (unit < 0 || !drawn.has(unit)) continue;
      const request = parseKnownLine(text, line);
      if (request) yield { text, request, unit };
    }
  }
}

interface Writing {
  readonly frame: Frame;
  readonly drawn: Drawn;
  readonly groups: Groups;
  readonly redaction: Redaction | undefined;
  readonly out: string;
}

async function writeSample(
  survey: Survey,
  { frame, drawn, groups, redaction, out }: Writing,
): Promise<{ weights: readonly number[] }> {
  const target = new StreamFile(out);
  const weights: number[] = [];
  try {
    const lines = groups.kept ?? readDrawn(survey, frame, drawn);
    for await (const { text, request, unit } of lines) {
      const own = (request.weight ?? 1) / (frame.weight[unit] ?? 1);
      const weight = own * (drawn.get(unit) ?? 1);
      weights.push(weight);
      const line = toSampleLine(text, request, { group: groups.nameOf.get(request.line), weight });
      const shown = redaction ? await redaction.redact(line) : line;
      await target.write(JSON.stringify(shown));
    }
    await target.commit();
  } catch (error) {
    target.discard();
    throw error;
  }
  return { weights };
}

/** The line as it was, with its id, its group and its weight. */
function toSampleLine(
  text: string,
  { id }: WorkloadRequest,
  { group, weight }: { readonly group: string | undefined; readonly weight: number },
): { readonly id: string } & Readonly<Record<string, unknown>> {
  const { custom_id, body, ...line } = JSON.parse(text) as Record<string, unknown>;
  const { weight: _, group: given, ...rest } = custom_id === undefined ? line : { request: body };
  const named = group ?? given;
  return {
    ...rest,
    id,
    ...(named != null && { group: named }),
    ...(weight !== 1 && { weight }),
  };
}

function countStrata({ strata, stratum, size }: Frame, drawn: Drawn): WorkloadSample['strata'] {
  const counts = strata.map((name) => ({ name, of: 0, drawn: 0 }));
  stratum.forEach((code, unit) => {
    const count = counts[code];
    if (!count) return;
    count.of += size[unit] ?? 0;
    if (drawn.has(unit)) count.drawn += size[unit] ?? 0;
  });
  return counts.filter(({ of }) => of > 0).toSorted((a, b) => b.of - a.of);
}
