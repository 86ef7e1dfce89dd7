import { z } from 'zod';
import type { OutcomeTable } from '../outcome/table.ts';
import { lookUp } from '../record.ts';
import { normalCdf } from '../statistics/distribution/distributions.ts';
import type { Finding } from './problem/sanity.ts';

/** What the certified traffic was like: shares of values by feature, and of requests by rule. */
const mixSchema = z.object({
  /** Independent units behind the shares. */
  units: z.number().positive(),
  features: z.record(z.string(), z.record(z.string(), z.number())),
  rules: z.record(z.string(), z.number()),
});

export type TrafficMix = z.infer<typeof mixSchema>;

/** More values of a feature than this are counted together. */
const mostValues = 12;
const other = 'other values';
/** Lengths are told apart by powers of four: prompts of twice the length are the same traffic. */
const lengths = [64, 256, 1_024, 4_096, 16_384];
const features = ['task', 'app', 'metadata.language', 'metadata.region'];
/** Chance of any alarm over all features and rules of a check, where nothing shifted. */
export const falseAlarms = 0.01;
/** A shift of fewer points than this is not worth a word, however many requests show it. */
const leastShift = 0.05;

/** Shares by value of what a gateway can see, and of requests by rule. */
export function describeMix(
  table: OutcomeTable,
  { units, rules }: { readonly units: number; readonly rules: TrafficMix['rules'] },
): TrafficMix {
  const byFeature = features.flatMap((key): [string, Record<string, number>][] => {
    const category = table.features.get(key);
    if (!category || category.values.length < 2) return [];
    return [
      [key, shareOut(table.rows, (row) => category.values[category.code[row] ?? -1] ?? 'none')],
    ];
  });
  const tokens = table.inputTokens;
  const counted = tokens.some((count) => count >= 0);
  const length = (row: number) => {
    const count = tokens[row] ?? -1;
    const at = lengths.findIndex((limit) => count < limit);
    return count < 0 ? 'none' : at < 0 ? `from ${lengths.at(-1)}` : `below ${lengths[at]}`;
  };
  return {
    units,
    features: Object.fromEntries([
      ...byFeature,
      ...(counted ? [['input_tokens', shareOut(table.rows, length)] as const] : []),
    ]),
    rules,
  };
}

function shareOut(rows: number, readValue: (row: number) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const value = readValue(row);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const rest = ranked.slice(mostValues).reduce((sum, [, count]) => sum + count, 0);
  const shown = [...ranked.slice(0, mostValues), ...(rest > 0 ? [[other, rest] as const] : [])];
  return Object.fromEntries(shown.map(([value, count]) => [value, round(count / rows)]));
}

const round = (share: number) => Math.round(share * 1e4) / 1e4;

/**
 * Where the traffic is no longer what was certified: values of a feature, and rules whose claim no
 * longer covers what meets them. With nothing shifted, any alarm in 1 % of checks (Bonferroni).
 */
export function findShift(certified: unknown, now: TrafficMix): Finding[] {
  const parsed = mixSchema.safeParse(certified);
  if (!parsed.success) return [];
  const then = parsed.data;
  const pairs = [
    ...Object.entries(then.features).map(([about, shares]) => ({
      about,
      shares,
      present: lookUp(now.features, about) ?? {},
      text: (value: string) => `${about} ${value}`,
    })),
    {
      about: 'rules',
      shares: then.rules,
      present: now.rules,
      text: (name: string) => `rule ${name}, whose claim no longer covers its traffic,`,
    },
  ];
  const tests = pairs.flatMap((pair) =>
    [...new Set([...Object.keys(pair.shares), ...Object.keys(pair.present)])].map((value) => ({
      ...pair,
      value,
      before: lookUp(pair.shares, value) ?? 0,
      after: lookUp(pair.present, value) ?? 0,
    })),
  );
  return tests
    .filter(({ value }) => value !== other)
    .filter(({ before, after }) => {
      if (Math.abs(after - before) < leastShift) return false;
      return twoShareP([before, then.units], [after, now.units]) <= falseAlarms / tests.length;
    })
    .map(({ about, value, before, after, text }): Finding => {
      const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
      return {
        kind: 'shift',
        about,
        text: `${text(value)} has ${percent(after)} of the requests, ${percent(before)} when it was certified`,
      };
    });
}

/** Two-sided p of "both shares are the same": the pooled normal test of two proportions. */
function twoShareP([p, n]: readonly [number, number], [q, m]: readonly [number, number]): number {
  const pooled = (p * n + q * m) / (n + m);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  return error === 0 ? 1 : 2 * (1 - normalCdf(Math.abs(p - q) / error));
}
