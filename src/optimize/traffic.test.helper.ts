import type { OutcomeRow } from '../outcome/row.ts';
import { dice } from '../statistics/random.test.helper.ts';

interface Traffic {
  readonly n: number;
  /** Chance that the weak target is right where the strong one is, by task. */
  readonly weak: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly more?: (i: number, target: string) => Partial<OutcomeRow>;
}

/** The strong target is right 9 times of 10 and costs ten times as much. */
export function traffic({ n, weak, seed = 1, more = () => ({}) }: Traffic): OutcomeRow[] {
  const roll = dice(seed);
  const chance = () => roll(1_000_000) / 1_000_000;
  const tasks = Object.keys(weak);
  return Array.from({ length: n }, (_, i): OutcomeRow[] => {
    const task = tasks[i % tasks.length] ?? '';
    const strong = chance() < 0.9;
    const same = chance() < (weak[task] ?? 0);
    const request = { request_id: `r${i}`, task, input_tokens: 10 + (i % 50) };
    return [
      {
        ...request,
        target: 'strong',
        cost_usd: 0.01,
        quality: strong ? 1 : 0,
        ...more(i, 'strong'),
      },
      {
        ...request,
        target: 'weak',
        cost_usd: 0.001,
        quality: strong && same ? 1 : 0,
        ...more(i, 'weak'),
      },
    ];
  }).flat();
}
