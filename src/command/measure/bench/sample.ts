import { createHash } from 'node:crypto';
import { type Arrangement, arrangeWorkload } from '../../../workload/arrange.ts';
import type { Survey } from '../../../workload/read.ts';
import type { WorkloadRequest } from '../../../workload/request.ts';

/** The requests of a run. */
export interface BenchSample {
  readonly count: number;
  /** In the order in which they are asked; may be read as often as there are passes. */
  requests(): AsyncIterable<readonly WorkloadRequest[]>;
}

export interface SampleOptions {
  /** Size of a seeded sample; absent = all of the workload. */
  readonly requests: number | undefined;
  readonly seed: number;
  readonly order: Arrangement['kind'];
}

/** All of the workload, or a seeded sample of it, arranged. */
export function sampled(
  survey: Survey,
  { requests: wanted, seed, order }: SampleOptions,
): BenchSample {
  const isWhole = wanted === undefined || wanted >= survey.requests;
  const isPicked = isWhole ? () => true : pickLines(survey.requests, wanted, seed);
  const arrangement: Arrangement = order === 'time' ? { kind: 'time' } : { kind: 'random', seed };
  // Read once, when the first pass begins.
  let arranged: ReturnType<typeof arrangeWorkload> | undefined;
  return {
    count: isWhole ? survey.requests : wanted,
    async *requests() {
      arranged ??= arrangeWorkload(survey, arrangement, isPicked);
      const read = await arranged;
      yield* read();
    },
  };
}

/** Selection sampling (Knuth, volume 2, 3.4.2 S): every subset of the size is equally likely. */
function pickLines(requests: number, wanted: number, seed: number): (line: number) => boolean {
  let seen = 0;
  let taken = 0;
  return (line) => {
    const isPicked = draw(seed, line) * (requests - seen) < wanted - taken;
    if (isPicked) taken += 1;
    seen += 1;
    return isPicked;
  };
}

/** A number in [0, 1) that depends on seed and line alone: a resumed run draws the same sample. */
function draw(seed: number, line: number): number {
  return createHash('sha256').update(`${seed}/${line}`).digest().readUInt32BE(0) / 2 ** 32;
}
