/** The counts of a usage before it is known which of them lie inside of which. */
export interface Counts {
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly written: number;
  readonly reasoning: number;
  /** Absent where the provider does not say it, or says 0. */
  readonly total: number | undefined;
}

/** Whether a part is inside of its whole or beside it, as a provider documents it. */
export interface CountRule {
  readonly cache: 'within' | 'beside';
  readonly reasoning: 'within' | 'beside';
  /** What `total_tokens` has beyond the named parts is thought, and billed as output. */
  readonly unnamedThoughts?: true;
}

/** All billed input and output, and how sure that is. */
export interface UsageReading {
  readonly input: number;
  readonly output: number;
  /** The field that no reading explains. */
  readonly unknown?: string;
  /** The field that two readings explain; the dearer was taken. */
  readonly assumed?: string;
}

interface Candidate {
  readonly input: number;
  readonly output: number;
  /** What the provider's total has to be under this reading. */
  readonly total: number;
  readonly cache: 'within' | 'beside' | 'split';
  readonly reasoning: 'within' | 'beside';
}

/**
 * Reads counts so that all numbers are explained: `total` is a check, not a source. Where more than
 * one reading does, the provider's documented rule decides, and without one the dearer reading.
 */
export function readCounts(counts: Counts, rule: CountRule | undefined): UsageReading {
  const { total, prompt, completion } = counts;
  // Without parts there is one reading: nearly every answer, in the thread that measures.
  const hasParts = counts.cached + counts.written + counts.reasoning > 0;
  if (!hasParts && (total === undefined || total === prompt + completion)) {
    return { input: prompt, output: completion };
  }
  const possible = listCandidates(counts);
  const explained =
    total === undefined ? possible : possible.filter((each) => each.total === total);
  const [first] = explained;
  if (!first) return unexplained(counts, rule);
  const distinct = new Set(explained.map(({ input, output }) => `${input}/${output}`));
  if (distinct.size === 1) return { input: first.input, output: first.output };
  const documented = explained.find(
    ({ cache, reasoning }) => cache === rule?.cache && reasoning === rule.reasoning,
  );
  if (documented) return { input: documented.input, output: documented.output };
  // Output is nowhere cheaper than input.
  const [dearest = first] = explained.toSorted((a, b) => b.output - a.output || b.input - a.input);
  const assumed = total === undefined ? 'total_tokens (absent)' : 'total_tokens';
  return { input: dearest.input, output: dearest.output, assumed };
}

/** Every way to lay the parts inside or beside their wholes; a part never exceeds its whole. */
function listCandidates({ prompt, completion, cached, written, reasoning }: Counts): Candidate[] {
  const parts = cached + written;
  const apart = cached <= prompt ? written : parts;
  const inputs = [
    { input: prompt, counted: prompt, cache: 'within' },
    { input: prompt + parts, counted: prompt + parts, cache: 'beside' },
    { input: prompt + cached, counted: prompt + cached, cache: 'split' },
    { input: prompt + written, counted: prompt + written, cache: 'split' },
    // Parts that exceed their whole and are not in the total either: those that fit are inside.
    ...(parts > prompt
      ? [{ input: prompt + apart, counted: prompt, cache: 'beside' } as const]
      : []),
  ] as const;
  const outputs = [
    { output: completion, spent: completion, reasoning: 'within' },
    { output: completion + reasoning, spent: completion + reasoning, reasoning: 'beside' },
    ...(reasoning > completion
      ? [{ output: completion + reasoning, spent: completion, reasoning: 'beside' } as const]
      : []),
  ] as const;
  return inputs
    .filter(({ input }) => parts <= input)
    .flatMap(({ counted, ...input }) =>
      outputs
        .filter(({ output }) => reasoning <= output)
        .map(({ spent, ...output }) => ({ ...input, ...output, total: counted + spent })),
    );
}

function unexplained(counts: Counts, rule: CountRule | undefined): UsageReading {
  const { prompt, completion, reasoning, total = 0 } = counts;
  const beside = total - prompt - completion;
  if (rule?.unnamedThoughts && beside > 0 && reasoning === 0) {
    return { input: prompt, output: completion + beside };
  }
  const input = Math.max(prompt, counts.cached + counts.written);
  return { input, output: Math.max(completion, reasoning), unknown: 'total_tokens' };
}
