import { z } from 'zod';
import { describeFaults } from '../input.ts';
import { qualityKinds } from './outcome.ts';
import { clear, type Dictionaries, maxPasses, outcomeStatuses, type RawRow } from './scan.ts';

const controls = /\p{Cc}/u;
const text = z.string().refine((said) => !controls.test(said), 'has control characters');
const name = text.min(1);
const amount = z.number().min(0).nullish();
const feature = z.union([z.string(), z.number(), z.boolean()]).nullable();

/** One line of `outcomes.jsonl`. null is read as absent; unknown keys are faults. */
export const outcomeRowSchema = z
  .strictObject({
    request_id: name.describe('Name of the request; joins the rows of the targets.'),
    target: name.describe("What answered; recorded = the log's own answer."),
    pass: z
      .int()
      .min(1)
      .max(maxPasses)
      .nullish()
      .describe('How many times the target has been asked (default: 1).'),
    task: text.nullish().describe('What kind of request it is.'),
    status: z
      .enum(outcomeStatuses)
      .nullish()
      .describe(
        'How it ended (default: ok); skipped = it was kept from the target; not-planned = it was never meant for it, and the row counts as absent (for tables from elsewhere: arb bench asks every target of a run).',
      ),
    reason: text.nullish().describe('Why it failed or was skipped.'),
    attempts: z.int().min(0).nullish().describe('Attempts, retries included.'),
    input_tokens: amount.describe(
      'The feature that rules split on: bytes of the request / 4, rounded up.',
    ),
    billed_input_tokens: amount.describe('Input tokens that were billed.'),
    output_tokens: amount.describe('Output tokens that were billed.'),
    cost_usd: amount.describe('Cost of all attempts in USD; absent = not known.'),
    cost_unknown: text
      .nullish()
      .describe(
        'Why the cost is not known, though cost_usd may be a reservation: the field of the usage.',
      ),
    quality: z.number().min(0).max(1).nullish().describe('Quality from 0 to 1; absent = no score.'),
    quality_kind: z
      .enum(qualityKinds)
      .nullish()
      .describe('How the quality was found; kinds are never averaged together.'),
    ttft_ms: amount.describe('Time to the first token in ms, waits and retries included.'),
    latency_ms: amount.describe('Time to the last token in ms, waits and retries included.'),
    sent_ms: amount.describe('When the first attempt was sent, in ms from the start of the run.'),
    session: name.nullish().describe('The conversation that the request belongs to.'),
    group: name
      .nullish()
      .describe(
        'Near-duplicates that the request is one of; a certificate counts them as one unit.',
      ),
    weight: z
      .number()
      .positive()
      .nullish()
      .describe('How many requests of the traffic it stands for (default: 1).'),
    features: z
      .record(z.string(), feature)
      .nullish()
      .describe('Further features that rules may split on.'),
    usage: z.unknown().optional().describe("The provider's own usage; not read."),
  })
  .describe('One request at one target.');

export type OutcomeRow = z.input<typeof outcomeRowSchema>;

export type ParsedRow =
  | { readonly state: 'whole'; readonly row: CheckedRow }
  | { readonly state: 'faulty'; readonly what: string };

type CheckedRow = z.output<typeof outcomeRowSchema>;

/** Checks a row that came as an object. */
export function parseRow(value: unknown): ParsedRow {
  const result = outcomeRowSchema.safeParse(value);
  if (result.success) return { state: 'whole', row: result.data };
  const faults = describeFaults(outcomeRowSchema, result.error).map(({ text }) => text);
  return { state: 'faulty', what: faults.join('; ') };
}

/** Writes a checked row into the record that the gatherer takes. */
export function encodeRow(row: CheckedRow, names: Dictionaries, into: RawRow): RawRow {
  clear(into);
  into.request = names.request.codeOf(row.request_id);
  into.target = names.target.codeOf(row.target);
  if (row.task != null && row.task !== '') into.task = names.task.codeOf(row.task);
  if (row.session != null) into.session = names.session.codeOf(row.session);
  if (row.group != null) into.group = names.group.codeOf(row.group);
  if (row.quality_kind != null) into.kind = names.kind.codeOf(row.quality_kind);
  if (row.cost_unknown != null && row.cost_unknown !== '') {
    into.unknown = names.unknown.codeOf(row.cost_unknown);
  }
  into.status = names.status.codeOf(row.status ?? 'ok');
  into.pass = row.pass ?? 1;
  into.input_tokens = row.input_tokens ?? Number.NaN;
  into.output_tokens = row.output_tokens ?? Number.NaN;
  into.cost_usd = row.cost_usd ?? Number.NaN;
  into.quality = row.quality ?? Number.NaN;
  into.ttft_ms = row.ttft_ms ?? Number.NaN;
  into.latency_ms = row.latency_ms ?? Number.NaN;
  into.sent_ms = row.sent_ms ?? Number.NaN;
  into.weight = row.weight ?? Number.NaN;
  return into;
}
