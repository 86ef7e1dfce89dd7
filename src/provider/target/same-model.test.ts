import { describe, expect, it } from 'vitest';
import { inferMaker } from './makers.ts';
import { groupByModel, type Named } from './same-model.ts';

const route = (name: string, model: string, more: Partial<Named> = {}): Named => ({
  ...{ name, model, maker: inferMaker(model) },
  params: { set: {}, drop: [], rename: {} },
  ...more,
});
const groups = (...targets: Named[]) => {
  const found = Map.groupBy(groupByModel(targets), ([, model]) => model);
  return [...found.values()].map((members) => members.map(([name]) => name).join(' '));
};
const same = (...models: string[]) =>
  groups(...models.map((model, index) => route(`t${index}`, model))).length === 1;

describe('routes to the same model', () => {
  it.each([
    ['anthropic/claude-sonnet-4.5', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5@20250929'],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['openai/gpt-4o-mini', 'gpt-4o-mini-2024-07-18'],
    ['accounts/fireworks/models/llama-v3p3-70b-instruct', 'meta-llama/llama-3.3-70b-instruct:free'],
    ['meta-llama/Llama-3.3-70B-Instruct-Turbo', 'meta-llama/llama-3.3-70b-instruct'],
    ['deepseek/deepseek-chat', 'deepseek-chat'],
    ['gemma3:270m', 'gemma3:270m'],
  ])('are known by the names of the model: %s', (...models) => {
    expect(same(...models)).toBe(true);
  });

  it.each([
    ['gpt-4o', 'gpt-4o-mini'],
    ['gpt-3.5-turbo', 'gpt-3.5-turbo-instruct'],
    ['gpt-4', 'gpt-4-turbo'],
    ['gpt-4-0613', 'gpt-4-1106-preview'],
    ['mistral-small-2503', 'mistral-small-2506'],
    ['gpt-4o-2024-05-13', 'gpt-4o-2024-08-06'],
    ['claude-3-7-sonnet:thinking', 'claude-3-7-sonnet'],
    ['qwen2.5:7b', 'qwen2.5:72b'],
  ])('are not taken for the same where they are not: %s, %s', (...models) => {
    expect(same(...models)).toBe(false);
  });

  it('leave out one without a date where there are two snapshots', () => {
    const models = ['gpt-4o', 'gpt-4o-2024-05-13', 'gpt-4o-2024-08-06', 'openai/gpt-4o-2024-08-06'];
    const found = groups(...models.map((model, index) => route(`t${index}`, model)));
    expect(found).toEqual(['t0', 't1', 't2 t3']);
  });

  it('have the same parameters, but for those of the route', () => {
    const set = (values: object) => ({ params: { set: { ...values }, drop: [], rename: {} } });
    const found = groups(
      route('plain', 'gpt-5'),
      route('routed', 'openai/gpt-5', set({ provider: { only: ['x'] }, usage: {} })),
      route('low', 'gpt-5', set({ reasoning_effort: 'low' })),
      route('low-too', 'openai/gpt-5', set({ reasoning_effort: 'low', usage: {} })),
    );
    expect(found).toEqual(['plain routed', 'low low-too']);
  });

  it('are what arb.yaml says they are, by a target’s name or by any name', () => {
    const found = groups(
      route('direct', 'deepseek-chat'),
      route('broker', 'deepseek-v3-0324', { sameAs: 'direct' }),
      route('other', 'x-y', { sameAs: 'broker' }),
      route('a', 'one', { sameAs: 'house model' }),
      route('b', 'two', { sameAs: 'house model' }),
    );
    expect(found).toEqual(['direct broker other', 'a b']);
    const circle = [route('a', 'm', { sameAs: 'b' }), route('b', 'n', { sameAs: 'a' })];
    expect(groupByModel(circle).size).toBe(2);
  });

  it('have the same maker', () => {
    expect(groups(route('a', 'm', { maker: 'x' }), route('b', 'm', { maker: 'y' }))).toHaveLength(
      2,
    );
  });
});
