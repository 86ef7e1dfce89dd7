import type { Manifest } from './manifest.ts';

/** The manifest of a complete, valid run of one target, `small`, with some fields of a test's own. */
export const makeManifest = (own: Partial<Manifest> = {}): Manifest => ({
  kind: 'run',
  version: 1,
  arb: '0.1.0',
  name: 'night',
  state: 'complete',
  invalid: [],
  started_at: '2026-11-20T02:00:00Z',
  workload: { file: 'w.jsonl', hash: 'sha256-1', requests: 1_200 },
  config: {
    targets: { small: { provider: 'openai', model: 'm', price: { input: 1, output: 2 } } },
  },
  targets: ['small'],
  seed: 1,
  passes: 1,
  load: { mode: 'closed', concurrency: 8 },
  prices: { catalogue: '2026-11-20', overridden: [] },
  vantage: { name: 'eu-1', node: 'v24', cpus: 2 },
  versions: { node: '24.0.0' },
  self: [],
  ...own,
});
