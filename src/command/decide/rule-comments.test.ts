import { expect, it } from 'vitest';
import type { RuleReport } from '../../optimize/rules/report-rules.ts';
import type { PolicyTarget } from '../../policy/policy.ts';
import { commentRules } from './rule-comments.ts';

const target = (maker: string) => ({ maker }) as PolicyTarget;
const targets = {
  mini: target('openai'),
  'mini-by-broker': target('openai'),
  haiku: target('anthropic'),
};
const rule = (fallback: readonly string[], savesUsd: number) =>
  ({
    ...{ name: 'chat', use: 'mini', share: 0.25, savesUsd, fallback },
    change: { estimate: -0.013, low: -0.04, high: 0.012 },
  }) as unknown as RuleReport;
const commentOf = (fallback: readonly string[], savesUsd = 0.0121) =>
  commentRules([rule(fallback, savesUsd)], targets).get('chat');

it('says of a rule its share, what it saves and what it risks', () => {
  expect(commentOf(['haiku'])).toBe(
    '25.0 % of requests; saves $12.10 per 1,000 requests; quality -1.3 points (-4.0 to +1.2)',
  );
  expect(commentOf(['haiku'], -0.001)).toContain('; adds $1.00 per 1,000 requests; ');
  expect(commentOf(['haiku'], 0)).toContain('; saves nothing; ');
});

it('says of a fallback that it stays within one maker, whose outage it would share', () => {
  expect(commentOf(['mini-by-broker'])).toMatch(/; its fallback stays within one maker, openai$/);
  for (const other of [['mini-by-broker', 'haiku'], ['haiku'], []]) {
    expect(commentOf(other)).not.toContain('one maker');
  }
});
