import { ms, resolveTarget, type Target, targetConfigSchema } from '../src/index.ts';

/** A target on loopback for the benchmarks, priced, with `places` at once. */
export function benchTarget(name: string, baseUrl: string, places: number): Target {
  const config = targetConfigSchema.parse({
    provider: 'openai-compatible',
    model: 'm',
    base_url: baseUrl,
    price: { input: 1, output: 2 },
    limits: { concurrency: places },
  });
  const target = resolveTarget(name, config, { timeouts: {} });
  return {
    ...target,
    timeouts: { connect: ms(10_000), firstToken: ms(60_000), attempt: ms(120_000) },
  };
}
