import { priceSheet } from '../../../price/price-sheet.ts';
import type { LoadedConfig } from '../../config/config.ts';

/** What judging would come to on top. */
export interface JudgingEstimate {
  readonly judges: number;
  /** Questions at most: both orders of every answer, the probes and the repetitions. */
  readonly calls: number;
  /** Absent where a judge's price is not known. */
  readonly cost_usd?: number;
}

/** Tokens of a judge's instructions, of an answer that it is shown, and of its reply. */
const sizes = { instructions: 350, answer: 256, reply: 80 } as const;
/** Questions of the probes for one judge, and answers of which it is asked once more. */
const PROBES = 72;
const REPEATS = 100;

/** Judges are asked about every answer that no check decides, in both orders. */
export function estimateJudging(
  { config, targets }: LoadedConfig,
  {
    answers,
    inputTokens,
    at,
  }: { readonly answers: number; readonly inputTokens: number; readonly at: Date },
): JudgingEstimate | undefined {
  const judges = targets.filter(({ name }) => config.quality.judges.includes(name));
  if (judges.length === 0 || answers === 0) return undefined;
  const calls = 2 * answers + PROBES + Math.min(REPEATS, answers);
  const input = inputTokens + sizes.instructions + 2 * sizes.answer;
  const costs = judges.map((judge) => {
    const price = priceSheet(judge, at)?.price;
    if (!price) return Number.NaN;
    return (calls * (input * price.input + sizes.reply * price.output)) / 1e6;
  });
  const cost = costs.reduce((sum, each) => sum + each, 0);
  return {
    judges: judges.length,
    calls: calls * judges.length,
    ...(!Number.isNaN(cost) && { cost_usd: cost }),
  };
}
