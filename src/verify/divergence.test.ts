import { describe, expect, it } from 'vitest';
import { decide, pickArm } from '../policy/decide.ts';
import { makePolicy } from '../policy/write.ts';
import { findDivergences, overflows, priceDivergences } from './divergence.ts';

const policy = makePolicy({
  status: 'uncertified',
  features: {},
  targets: { small: { context_tokens: 120 }, large: { context_tokens: 10_000 } },
  rules: [
    { name: 'tools', when: { tools: true }, use: 'large' },
    {
      name: 'short',
      when: { input_tokens: { lt: 100 } },
      split: {
        to: [
          { target: 'small', weight: 3 },
          { target: 'large', weight: 1 },
        ],
      },
    },
    { name: 'otherwise', use: 'large', fallback: ['small'] },
  ],
});
const effective = { ...policy, rules: policy.rules.slice(1) };

describe('requests that land elsewhere', () => {
  it('are those that another count puts over an edge, or whose rule the gateway lacks', () => {
    const found = findDivergences(policy, { effective }, [
      { id: 'same', features: { input_tokens: 50 }, counted: 60 },
      { id: 'over', features: { input_tokens: 99 }, counted: 100 },
      { id: 'under', features: { input_tokens: 100 }, counted: 99 },
      { id: 'rule', features: { input_tokens: 50, tools: true } },
      { id: 'same target', features: { input_tokens: 500, tools: true } },
    ]);
    expect(found.map(({ id, policy: a, gateway: b }) => [id, a.rule, b.rule])).toEqual([
      ['over', 'short', 'otherwise'],
      ['under', 'otherwise', 'short'],
      ['rule', 'tools', 'short'],
      ['same target', 'tools', 'otherwise'],
    ]);
  });

  it('cost and lose what the run measured, over the arms of a split by their shares', () => {
    const found = findDivergences(policy, { effective: policy }, [
      { id: 'over', features: { input_tokens: 99 }, counted: 100 },
      { id: 'not measured', features: { input_tokens: 99 }, counted: 100 },
    ]);
    const worth = { small: { cost_usd: 1, quality: 0.5 }, large: { cost_usd: 5, quality: 1 } };
    const regret = priceDivergences(found, (id, target) =>
      id === 'over' ? worth[target as 'small'] : undefined,
    );
    // 5 - (0.75 x 1 + 0.25 x 5) and 1 - (0.75 x 0.5 + 0.25 x 1).
    expect(regret).toEqual({ requests: 2, priced: 1, cost_usd: 3, quality: 0.375 });
  });

  it('are those of a session that the gateway does not keep in its arm, priced over the arms', () => {
    const short = { input_tokens: 50 };
    const found = findDivergences(policy, { effective: policy, redrawn: ['short'] }, [
      { id: 'a', session: 's', features: short },
      { id: 'b', session: 's', features: short },
      { id: 'c', session: 's', features: { tools: true } },
    ]);
    const drawn = pickArm(decide(policy, short), policy.id, 's');
    expect(found.map(({ id, policy: ours }) => [id, ours.primaries])).toEqual([
      ['a', [{ target: drawn, share: 1 }]],
      ['b', [{ target: drawn, share: 1 }]],
    ]);
    const worth = { small: { cost_usd: 1, quality: 0.5 }, large: { cost_usd: 5, quality: 1 } };
    const regret = priceDivergences(found, (_, target) => worth[target as 'small']);
    // What is expected of the arms is 2: two requests more or less than the arm they belong to.
    expect(regret.cost_usd).toBeCloseTo(2 * (2 - worth[drawn as 'small'].cost_usd), 9);
  });

  it('that exceed a context window are named with the target, fallbacks included', () => {
    expect(
      overflows(policy, [
        { id: 'fits', features: { input_tokens: 99 } },
        { id: 'chain', features: { input_tokens: 121 } },
        { id: 'by its count', features: { input_tokens: 99 }, counted: 130 },
      ]),
    ).toEqual([
      { id: 'chain', target: 'small', tokens: 121, contextTokens: 120 },
      { id: 'by its count', target: 'small', tokens: 130, contextTokens: 120 },
    ]);
  });
});
