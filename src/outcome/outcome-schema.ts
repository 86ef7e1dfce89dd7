import { z } from 'zod';

const share = z.number().min(0).max(1);
const absent = <T extends z.ZodType>(schema: T) => schema.nullish();

/**
 * A row of an outcome table as it may be written, for editors and other tools. Reading such tables
 * goes through a scanner of its own, which takes millions of rows.
 */
export const outcomeRowSchema = z
  .looseObject({
    request_id: z.string().describe('Name of the request; joins the rows of the targets.'),
    target: z.string().describe("What answered; recorded = the log's own answer."),
    pass: absent(z.int().min(1)).describe('How many times the target has been asked (default: 1).'),
    task: absent(z.string()).describe('What kind of request it is.'),
    status: absent(z.enum(['ok', 'failed', 'skipped', 'not-planned'])).describe(
      'How it ended (default: ok); skipped = it was kept from the target; not-planned = it was never meant for it, and the row counts as absent.',
    ),
    reason: absent(z.string()).describe('Why it failed or was skipped.'),
    attempts: absent(z.int().min(0)).describe('Attempts, retries included.'),
    input_tokens: absent(z.number().min(0)).describe(
      'The feature that rules split on: bytes of the request / 4, rounded up.',
    ),
    billed_input_tokens: absent(z.number().min(0)).describe('Input tokens that were billed.'),
    output_tokens: absent(z.number().min(0)).describe('Output tokens that were billed.'),
    cost_usd: absent(z.number().min(0)).describe(
      'Cost of all attempts in USD; absent = not known.',
    ),
    cost_unknown: absent(z.string()).describe(
      'Why the cost is not known, though cost_usd may be a reservation: the field of the usage.',
    ),
    quality: absent(share).describe('Quality from 0 to 1; absent = no score.'),
    quality_kind: absent(z.enum(['check', 'agreement', 'pairwise', 'rubric'])).describe(
      'How the quality was found; kinds are never averaged together.',
    ),
    ttft_ms: absent(z.number().min(0)).describe(
      'Time to the first token in ms, waits and retries included.',
    ),
    latency_ms: absent(z.number().min(0)).describe(
      'Time to the last token in ms, waits and retries included.',
    ),
    session: absent(z.string()).describe('The conversation that the request belongs to.'),
    group: absent(z.string()).describe(
      'Near-duplicates that the request is one of; a certificate counts them as one unit.',
    ),
    weight: absent(z.number().positive()).describe(
      'How many requests of the traffic it stands for (default: 1).',
    ),
    features: absent(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))).describe(
      'Further features that rules may split on.',
    ),
  })
  .describe('One request at one target.');
