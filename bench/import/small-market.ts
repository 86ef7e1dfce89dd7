/** One target that answers at once and right: the import is what is looked at. */
export const smallMarket = JSON.stringify({
  seed: 1,
  time_scale: 0.1,
  targets: {
    small: {
      model: 'm',
      price: { input: 1, output: 2 },
      ttft: { p50_ms: 300, p99_ms: 900 },
      gap: 20,
      output_tokens: { default: 20 },
      accuracy: { default: 1 },
    },
  },
});
