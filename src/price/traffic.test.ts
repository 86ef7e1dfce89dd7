import { expect, it } from 'vitest';
import type { Target } from '../provider/target/target.ts';
import { tokens, usd } from '../units.ts';
import type { WorkloadRequest } from '../workload/request.ts';
import { inspectTraffic } from './traffic.ts';

const request = (task: string, output: number, cost: number): WorkloadRequest => ({
  ...{ id: task, line: 1, task, metadata: {}, expect: [] },
  body: { messages: [{ role: 'user', content: 'x'.repeat(8_000) }] },
  recorded: {
    ...{ target: 'big', input_tokens: tokens(2_000), output_tokens: tokens(output) },
    cost: usd(cost),
  },
});

const cheap = { name: 'cheap', model: 'm', price: { input: 1, output: 2 }, feePercent: 0 };

async function* three() {
  yield request('chat', 100, 0.02);
  yield request('chat', 300, 0.04);
  // Neither counted nor priced: its length is forecast, its answer taken for the mean of the others.
  const { recorded: _, ...bare } = request('code', 0, 0);
  yield bare;
}

it('says what traffic costs today by part, and what it would cost elsewhere', async () => {
  const traffic = await inspectTraffic(three(), {
    targets: [cheap as unknown as Target],
    at: new Date('2026-11-20'),
    forecast: () => tokens(1_000),
  });
  expect(traffic.total).toMatchObject({ requests: 3, inputTokens: 5_000, outputTokens: 400 });
  expect(traffic.total.costUsd).toBeCloseTo(0.06, 12);
  expect(traffic.total.priced).toBe(2);
  expect(traffic.by.task.get('chat')).toMatchObject({ requests: 2, inputTokens: 4_000 });
  expect(traffic.by.target.get('not said')?.requests).toBe(1);
  expect([...traffic.by.length.keys()]).toEqual(['1000 to 4000']);
  // 5,000 tokens in at $1 and 100 + 300 + 200 out at $2, per million.
  expect(traffic.elsewhere[0]?.costUsd).toBeCloseTo(0.0062, 12);
  // The same with 300 and with 1,200 tokens out.
  expect(traffic.elsewhere[0]?.lowUsd).toBeCloseTo(0.0056, 12);
  expect(traffic.elsewhere[0]?.highUsd).toBeCloseTo(0.0074, 12);
  expect(traffic.forecast).toBe(1);
});

it('takes what has no recorded cost at its list price', async () => {
  const said = async (target: string) => {
    async function* one() {
      const { recorded, ...bare } = request('chat', 100, 0);
      const { cost: _, ...counted } = { ...recorded, target };
      yield { ...bare, recorded: counted };
    }
    const traffic = await inspectTraffic(one(), {
      targets: [cheap as unknown as Target],
      at: new Date('2026-11-20'),
      forecast: () => tokens(1_000),
    });
    return traffic.total;
  };
  // 2,000 x $1 + 100 x $2 per million; gpt-4o-mini: 2,000 x $0.15 + 100 x $0.60.
  expect((await said('cheap')).costUsd).toBeCloseTo(0.0022, 12);
  expect((await said('gpt-4o-mini')).costUsd).toBeCloseTo(0.00036, 12);
  expect(await said('nobody’s model')).toMatchObject({ costUsd: 0, priced: 0 });
});

it('adds up what a log has beyond 1,000 tasks, as one that names each request', async () => {
  async function* many() {
    for (let i = 0; i < 5_000; i++) yield request(`t-${i}`, 100, 0.02);
    yield request('t-0', 100, 0.02);
  }
  const traffic = await inspectTraffic(many(), {
    targets: [],
    at: new Date('2026-11-20'),
    forecast: () => tokens(1_000),
  });
  expect(traffic.by.task.size).toBe(1_001);
  expect(traffic.by.task.get('t-0')?.requests).toBe(2);
  expect(traffic.by.task.get('all others')?.requests).toBe(4_000);
});
