import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Night, NightSample } from '../../../compare/night.ts';
import { exitCodes } from '../../../errors.ts';
import { createScratch } from '../../../store/scratch.ts';
import { formatUsd } from '../../../units.ts';
import type { CommandContext } from '../../context.ts';
import { sampleWorkload, type WorkloadSample } from '../../measure/sample/sample.ts';
import type { NightEvent } from './night-event.ts';
import type { NightPlan } from './plan.ts';

/** The requests of a night, in its directory. */
export const sampleIn = (dir: string) => join(dir, 'workload.jsonl');

/** Draws the night's requests, once: what was sent already is never drawn anew. */
export async function* drawSample(
  known: NightSample | undefined,
  plan: NightPlan,
  context: CommandContext,
): AsyncGenerator<NightEvent, NightSample | undefined> {
  const out = sampleIn(plan.dir);
  const isSent = existsSync(join(plan.dir, 'manifest.json'));
  if (existsSync(out) && (known || isSent)) return known;
  const sample = toNightSample(await sampleInto(out, plan, context));
  yield* describeSample(sample, plan);
  return sample;
}

/** Says what a night would do. The sample is drawn into a folder that is gone afterwards. */
export async function* describePlan(
  plan: NightPlan,
  context: CommandContext,
): AsyncGenerator<NightEvent> {
  const { dir, baseline, routes, begun } = plan;
  const scratch = createScratch({});
  try {
    const drawn = await sampleInto(sampleIn(scratch.dir), plan, context);
    yield* describeSample(toNightSample(drawn), plan);
    yield { kind: 'step', text: describeSpending(plan, drawn) };
  } finally {
    scratch.remove();
  }
  yield {
    kind: 'step',
    text:
      baseline.length > 0
        ? `hold them against ${countNights(baseline)}: ${baseline.join(', ')}`
        : 'no night was accepted yet, so there is nothing to hold them against',
  };
  yield {
    kind: 'step',
    text: existsSync(routes)
      ? `check ${routes} and look for a better policy`
      : `look for a policy; ${routes} is not there yet`,
  };
  const night: Night = { ...begun, verdict: 'kept', why: 'a dry run: nothing was sent' };
  yield { kind: 'night', dir, night, exitCode: exitCodes.ok };
}

function sampleInto(
  out: string,
  { log, goal, seed, config }: NightPlan,
  context: CommandContext,
): Promise<WorkloadSample> {
  return sampleWorkload(log, { goal, seed, config, out, skipInvalid: true }, context);
}

function toNightSample({ requests, of, leftOut }: WorkloadSample): NightSample {
  const [first] = leftOut;
  return {
    requests,
    of,
    left_out: leftOut.length,
    ...(first && { first_left_out: first.message }),
  };
}

function* describeSample(sample: NightSample, { log }: NightPlan): Generator<NightEvent> {
  const { requests, of, left_out: leftOut, first_left_out: first } = sample;
  yield { kind: 'step', text: `${requests} of ${of} requests of ${log}` };
  if (first === undefined) return;
  const lines =
    leftOut === 1 ? '1 line is no request and is' : `${leftOut} lines are no requests and are`;
  yield { kind: 'step', text: `warning: ${lines} left out: ${first}` };
}

function describeSpending({ dir, budgetUsd }: NightPlan, { costUsd }: WorkloadSample): string {
  const about = costUsd === undefined ? '' : `, about ${formatUsd(costUsd)} by the forecast`;
  const under =
    budgetUsd === undefined ? 'no budget.max_usd in arb.yaml' : `under ${formatUsd(budgetUsd)}`;
  return `measure and judge them in ${dir}${about}, ${under}`;
}

const countNights = ({ length }: readonly string[]) =>
  length === 1 ? '1 accepted night' : `${length} accepted nights`;
