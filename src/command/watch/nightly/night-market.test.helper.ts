/** USD per million tokens, and the share of right answers. */
export interface Truth {
  readonly price: readonly [input: number, output: number];
  readonly accuracy: number;
}

/** The models of a night's market, each by one route of its own maker. */
export type NightMarket = Readonly<Record<string, Truth>>;

/** The market as `arb sim` reads it, its times cut to `timeScale`. */
export function toMarketFile(market: NightMarket, timeScale: number): object {
  const targets = Object.entries(market).map(
    ([
      name,
      {
        price: [input, output],
        accuracy,
      },
    ]) => [
      name,
      {
        model: `${name}-1`,
        price: { input, output },
        ttft: { p50_ms: 300, p99_ms: 900 },
        gap: { p50_ms: 50, p99_ms: 100 },
        chunk_tokens: 16,
        output_tokens: { default: { p50: 40, p99: 120 } },
        accuracy: { default: accuracy },
      },
    ],
  );
  return {
    seed: 7,
    time_scale: timeScale,
    correlation: 0.95,
    targets: Object.fromEntries(targets),
  };
}

/** The `targets` of an arb.yaml that asks the market at `url`. */
export function toConfigTargets(market: NightMarket, url: string): Record<string, object> {
  const targets = Object.entries(market).map(
    ([
      name,
      {
        price: [input, output],
      },
    ]) => [
      name,
      {
        provider: 'openai-compatible',
        base_url: `${url}/${name}/v1`,
        model: `${name}-1`,
        maker: name,
        price: { input, output },
      },
    ],
  );
  return Object.fromEntries(targets);
}
