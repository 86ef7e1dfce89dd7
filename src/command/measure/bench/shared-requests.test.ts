import { expect, it } from 'vitest';
import type { Outcome } from '../../../outcome/outcome.ts';
import { summariseShared } from './shared-requests.ts';

const outcome = (id: number, target: string, more: Partial<Outcome> = {}): Outcome => ({
  request_id: `r${id}`,
  target,
  status: 'ok',
  cost_usd: id,
  quality: 1,
  ...more,
});

async function* listed(rows: readonly Outcome[]) {
  yield* rows;
}

it('compares targets of a run cut short on the requests that all of them were asked', async () => {
  // The dear requests come late, and only one target got that far.
  const rows = [
    ...[1, 2, 3].flatMap((id) => [outcome(id, 'fast'), outcome(id, 'slow')]),
    ...[1, 2, 3, 100, 200].map((id) => outcome(id, 'recorded')),
    ...[100, 200].map((id) => outcome(id, 'fast', { quality: 0 })),
  ];
  expect(await summariseShared(['fast', 'slow'], () => listed(rows))).toEqual({
    requests: 3,
    targets: {
      fast: { per_completed_usd: 2, quality: 1 },
      slow: { per_completed_usd: 2, quality: 1 },
    },
  });
});

it('counts what failed as cost without an answer, and says nothing where all were asked all', async () => {
  const failed = outcome(2, 'slow', { status: 'failed', quality: 0 });
  const rows = [outcome(1, 'fast'), outcome(1, 'slow'), outcome(2, 'fast'), failed];
  expect(await summariseShared(['fast', 'slow'], () => listed(rows))).toBeUndefined();
  const found = await summariseShared(['fast', 'slow'], () =>
    listed([...rows, outcome(9, 'fast')]),
  );
  expect(found?.targets.slow).toEqual({ per_completed_usd: 3, quality: 0.5 });
});
