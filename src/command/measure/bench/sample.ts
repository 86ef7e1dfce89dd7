import { createHash } from 'node:crypto';
import { rereadWorkload, type Survey } from '../../../workload/read.ts';
import type { WorkloadRequest } from '../../../workload/request.ts';

/** The requests of a run: all of the workload, or a seeded sample of it, in file order. */
export function sampled(
  survey: Survey,
  wanted: number | undefined,
  seed: number,
): { readonly count: number; readonly requests: () => AsyncIterable<readonly WorkloadRequest[]> } {
  if (wanted === undefined || wanted >= survey.requests) {
    return { count: survey.requests, requests: () => rereadWorkload(survey) };
  }
  return { count: wanted, requests: () => picked(survey, wanted, seed) };
}

/** Selection sampling (Knuth, volume 2, 3.4.2 S): every subset of the size is equally likely. */
async function* picked(
  survey: Survey,
  wanted: number,
  seed: number,
): AsyncGenerator<readonly WorkloadRequest[]> {
  let seen = 0;
  let taken = 0;
  for await (const piece of rereadWorkload(survey)) {
    yield piece.filter(({ line }) => {
      const isPicked = draw(seed, line) * (survey.requests - seen) < wanted - taken;
      if (isPicked) taken += 1;
      seen += 1;
      return isPicked;
    });
  }
}

/** A number in [0, 1) that depends on seed and line alone: a resumed run draws the same sample. */
function draw(seed: number, line: number): number {
  return createHash('sha256').update(`${seed}/${line}`).digest().readUInt32BE(0) / 2 ** 32;
}
