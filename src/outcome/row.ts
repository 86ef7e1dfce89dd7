import { z } from 'zod';
import { describeFaults } from '../input.ts';
import { clear, type Dictionaries, maxPasses, type RawRow } from './scan.ts';

const name = z
  .union([z.string().min(1), z.number()])
  .transform(String)
  .refine((said) => !/\p{Cc}/u.test(said), 'has control characters')
  .meta({ description: 'a name; a number is read as its digits' });
const amount = z.number().min(0).nullish();
const count = z.int().min(0).nullish();
const text = z
  .string()
  .refine((said) => !/\p{Cc}/u.test(said), 'has control characters')
  .nullish();
const feature = z.union([z.string(), z.number(), z.boolean()]).nullable();

/** One line of `outcomes.jsonl`. null is read as absent; unknown keys are faults. */
export const outcomeRowSchema = z.strictObject({
  request_id: name,
  target: name,
  pass: z.int().min(1).max(maxPasses).nullish(),
  task: text,
  status: z.enum(['ok', 'failed', 'skipped', 'not-planned']).nullish(),
  reason: text,
  attempts: count,
  input_tokens: amount,
  billed_input_tokens: amount,
  output_tokens: amount,
  cost_usd: amount,
  cost_unknown: text,
  quality: z.number().min(0).max(1).nullish(),
  quality_kind: text,
  ttft_ms: amount,
  latency_ms: amount,
  sent_ms: amount,
  session: name.nullish(),
  group: name.nullish(),
  weight: z.number().positive().nullish(),
  features: z.record(z.string(), feature).nullish(),
  usage: z.unknown().optional(),
});

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
