import { createHash } from 'node:crypto';
import { readWorkload, type Survey, type WorkloadRequest } from '../../index.ts';

/** The requests of a run: all of the workload, or a seeded sample of it, in file order. */
export function sampled(
  survey: Survey,
  wanted: number | undefined,
  seed: number,
): { readonly count: number; readonly requests: () => AsyncGenerator<WorkloadRequest> } {
  if (wanted === undefined || wanted >= survey.requests) {
    return { count: survey.requests, requests: () => readWorkload(survey.file) };
  }
  return { count: wanted, requests: () => picked(survey, wanted, seed) };
}

/** Selection sampling (Knuth, volume 2, 3.4.2 S): every subset of the size is equally likely. */
async function* picked(
  { file, requests }: Survey,
  wanted: number,
  seed: number,
): AsyncGenerator<WorkloadRequest> {
  let seen = 0;
  let taken = 0;
  for await (const request of readWorkload(file)) {
    if (draw(seed, request.line) * (requests - seen) < wanted - taken) {
      taken += 1;
      yield request;
    }
    seen += 1;
  }
}

/** A number in [0, 1) that depends on seed and line alone: a resumed run draws the same sample. */
function draw(seed: number, line: number): number {
  return createHash('sha256').update(`${seed}/${line}`).digest().readUInt32BE(0) / 2 ** 32;
}
