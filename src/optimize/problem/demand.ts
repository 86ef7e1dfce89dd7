import { UsageError } from '../../errors.ts';
import { asBaseline, meanQuality, type OutcomeVector } from '../../outcome/outcome-vector.ts';
import { micro } from '../../outcome/table.ts';
import { intAt } from '../rows/at.ts';
import { type Floor, formatFloor } from './floor.ts';
import type { Study } from './study.ts';

/** One floor over some of the rows, with what it is relative to. */
export interface Demand {
  /** `quality`, `quality of task=extract`. */
  readonly name: string;
  readonly floor: Floor;
  /** Absent where the floor is absolute. */
  readonly reference?: OutcomeVector;
  /**
   * Largest difference to what is needed that scores from 0 to 1 can make: below 1 where no row
   * needs less than `1 - scale` or more than `scale`, as with a baseline of 0.5 by definition.
   * Known before any answer is: a scale taken from the differences seen would be false.
   */
  readonly scale: number;
  /** The task whose requests it speaks of, where it is of one. */
  readonly task?: string;
  /** 1 = the row counts; absent = every row. */
  readonly mask?: Uint8Array;
}

/** The floors of the options over the rows they hold for. @throws UsageError */
export function readDemands(study: Study): readonly Demand[] {
  const { table, options } = study;
  const { floor, floorBy, perTask } = options;
  const demand = (name: string, floor: Floor, part?: Part): Demand => {
    const mask = part?.mask;
    const reference = floor.kind === 'relative' ? pickReference(study, floor.to) : undefined;
    return {
      name,
      floor,
      scale: findScale(floor, reference, mask),
      ...(reference && { reference }),
      ...(mask && { mask }),
      ...(part?.task !== undefined && { task: part.task }),
    };
  };
  const each = (key: string, category = table.features.get(key)): Demand[] =>
    (category?.values ?? []).map((value, code) =>
      demand(`quality of ${key}=${value}`, floor, {
        mask: createMask(category?.code, code),
        ...(key === 'task' && { task: value }),
      }),
    );
  const overall = {
    all: () => [demand('quality', floor)],
    kind: () => each('kind', table.qualityKind),
    task: () => each('task'),
  }[floorBy]();
  const kinds = table.qualityKind?.values ?? [];
  if (floorBy === 'all' && kinds.length > 1) {
    throw new UsageError(
      `the scores are of ${kinds.length} kinds (${kinds.join(', ')}), which are never averaged together. Ask for the floor of each: --floor-by kind or --floor-by task.`,
    );
  }
  const task = table.features.get('task');
  const single = Object.entries(perTask).map(([name, what]) => {
    const code = task?.values.indexOf(name) ?? -1;
    if (code < 0) throw new UsageError(`per_task names "${name}", a task no request has.`);
    return demand(`quality of task=${name}`, what, {
      mask: createMask(task?.code, code),
      task: name,
    });
  });
  return [...(overall.length > 0 ? overall : [demand('quality', floor)]), ...single];
}

function pickReference(study: Study, to: 'best' | 'baseline'): OutcomeVector {
  const vector = to === 'best' ? study.best : study.baseline;
  if (vector.quality.some((quality) => quality >= 0)) return asBaseline(vector);
  throw new UsageError(
    `${vector.name} has no scores to compare with. Judge its answers, or ask for --floor best-0.02 or a quality such as 0.85.`,
  );
}

/** The rows that a floor speaks of, where it is not all. */
interface Part {
  readonly mask: Uint8Array;
  readonly task?: string;
}

function findScale(floor: Floor, reference?: OutcomeVector, mask?: Uint8Array): number {
  if (floor.kind === 'absolute') return Math.max(floor.value, 1 - floor.value);
  let scale = 0;
  reference?.quality.forEach((quality, row) => {
    if (mask && mask[row] !== 1) return;
    scale = Math.max(scale, quality < 0 ? micro : Math.max(quality, micro - quality));
  });
  return scale === 0 ? 1 : scale / micro;
}

/** Half the width of the claim, in millionths; an absolute floor has its value instead. */
export function marginOf({ floor }: Demand): number {
  return floor.kind === 'relative' ? Math.round(floor.margin * micro) : 0;
}

/** The margin of a relative floor, 0 to 1; an absolute one is compared with its value itself. */
export function widthOf({ floor }: Demand): number {
  return floor.kind === 'relative' ? floor.margin : 0;
}

/** What a row must reach to be neither gain nor loss, in millionths; -1 = not judged. */
export function needOf({ floor, reference }: Demand, row: number): number {
  if (floor.kind === 'absolute') return Math.round(floor.value * micro);
  return reference ? intAt(reference.quality, row) : -1;
}

/** The mean quality a floor asks for, 0 to 1, and how it was written. */
export function floorValue(study: Study, { floor, reference }: Demand): number {
  if (floor.kind === 'absolute') return floor.value;
  return (reference ? meanQuality(reference, study.table) : 0) - floor.margin;
}

/** `quality within 0.02 of gpt-4` */
export function describeClaim({ name, floor, reference }: Demand): string {
  if (floor.kind === 'absolute') return `${name} at least ${floor.value}`;
  const who = reference?.name ?? formatFloor(floor);
  return `${name} within ${floor.margin} of ${who}`;
}

function createMask(codes: Int32Array | undefined, code: number): Uint8Array {
  return Uint8Array.from(codes ?? [], (value) => (value === code ? 1 : 0));
}
