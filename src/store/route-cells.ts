/** The figures of a target as one route among others: columns of `summary.csv`, one value each. */
export interface RouteCells {
  /** Name of the model behind it; targets of the same are routes to the same. */
  readonly model?: string;
  /** `direct`, or who stands in between. */
  readonly via?: string;
  /** USD per million tokens before the fee. */
  readonly price_input?: number;
  readonly price_output?: number;
  readonly fee_percent?: number;
  readonly usd_per_month?: number;
  /** Time to the first token over that of the direct route, with 95 % limits. */
  readonly ttft_overhead_p50_ms?: number;
  readonly ttft_overhead_p50_low_ms?: number;
  readonly ttft_overhead_p50_high_ms?: number;
  readonly ttft_overhead_p99_ms?: number;
  readonly ttft_overhead_p99_low_ms?: number;
  readonly ttft_overhead_p99_high_ms?: number;
  /** Quality minus that of the reference route, 0 to 1, with 95 % limits. */
  readonly quality_difference?: number;
  readonly quality_difference_low?: number;
  readonly quality_difference_high?: number;
  /** Tasks in which it is shown not to be what the reference is; empty text = compared and clean. */
  readonly called_out?: string;
  /** Who served how many answers: `DeepInfra 812; Fireworks 12`. */
  readonly served_by?: string;
}

const columns = [
  'model',
  'via',
  'price_input',
  'price_output',
  'fee_percent',
  'usd_per_month',
  'ttft_overhead_p50_ms',
  'ttft_overhead_p50_low_ms',
  'ttft_overhead_p50_high_ms',
  'ttft_overhead_p99_ms',
  'ttft_overhead_p99_low_ms',
  'ttft_overhead_p99_high_ms',
  'quality_difference',
  'quality_difference_low',
  'quality_difference_high',
  'called_out',
  'served_by',
] as const satisfies readonly (keyof RouteCells)[];

/** Every column, those without a value too: the header is made from the first line. */
export function routeColumns(cells: RouteCells = {}): Record<string, string | number | undefined> {
  return Object.fromEntries(columns.map((column) => [column, cells[column]]));
}
