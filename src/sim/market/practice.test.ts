import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkAnswer } from '../../judge/check/check.ts';
import { parsePolicy } from '../../policy/write.ts';
import type { Expectation } from '../../workload/expectation.ts';
import { parseMarket } from './market.ts';
import { type AnswerKey, readQuestion } from './question.ts';
import { computeCost, drawReply } from './reply.ts';
import { countInputTokens, findTarget, trueAccuracy } from './truth.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures');
const text = (name: string) => readFileSync(join(fixtures, name), 'utf8');
const market = parseMarket(text('practice.market.yaml'), 'practice.market.yaml');
const names = Object.keys(market.targets);

interface Line {
  readonly id: string;
  readonly task: string;
  readonly request: { readonly messages: readonly unknown[] };
  readonly expect: Expectation;
  readonly recorded: { readonly answer: string; readonly cost_usd: number };
}

const lines = text('practice.workload.jsonl')
  .trim()
  .split('\n')
  .map((line, index) => {
    const value = JSON.parse(line) as Line;
    const question = readQuestion(value, { file: 'practice', line: index + 1 }) as AnswerKey;
    return { ...value, question, tokens: countInputTokens(value.request) };
  });

/** The population's mean quality and cost per request of a way to route. */
function truthOf(route: (line: (typeof lines)[number]) => string) {
  let [quality, cost] = [0, 0];
  for (const line of lines) {
    const name = route(line);
    const target = findTarget(market, name);
    const asked = { hash: line.question.hash, task: line.task, inputTokens: line.tokens };
    const reply = drawReply(market, { name, asked, attempt: 1, question: line.question });
    quality += trueAccuracy(target, line.task, line.tokens) / lines.length;
    cost += (computeCost(target, reply.usage) * (1 + target.fee_percent / 100)) / lines.length;
  }
  return { quality, cost };
}

describe('the practice', () => {
  it('has 360 requests and more over six tasks and more, from tens of tokens to over 32K', () => {
    expect(lines.length).toBeGreaterThanOrEqual(360);
    const tasks = Map.groupBy(lines, ({ task }) => task);
    expect([...tasks.keys()].sort()).toEqual([
      'chat',
      'classify',
      'code',
      'documents',
      'extract',
      'summarize',
      'tools',
    ]);
    const lengths = lines.map(({ tokens }) => tokens);
    expect(Math.min(...lengths)).toBeLessThan(100);
    expect(lengths.filter((length) => length > 32_000).length).toBeGreaterThan(10);
    expect(new Set(lines.map(({ question }) => question.hash)).size).toBe(lines.length);
  });

  it('prices its targets in arb.yaml as its market does', () => {
    const config = parse(text('practice.arb.yaml')) as { targets: Record<string, object> };
    expect(Object.keys(config.targets)).toEqual(names);
    for (const name of names) {
      const { model, price, context_tokens } = findTarget(market, name);
      expect(config.targets[name]).toMatchObject({ model, price, context_tokens });
    }
  });

  it('recorded what its own large model said: right nearly always, at the market’s price', () => {
    const right = lines.filter(({ task, expect: check, recorded }) => {
      const tool_calls =
        task === 'tools' && recorded.answer.startsWith('[') ? JSON.parse(recorded.answer) : [];
      return checkAnswer([check], { answer: recorded.answer, tool_calls })?.quality === 1;
    });
    expect(right.length / lines.length).toBeGreaterThan(0.95);
    expect(right.length).toBeLessThan(lines.length);
    const sum = lines.reduce((total, { recorded }) => total + recorded.cost_usd, 0);
    expect(sum / lines.length / truthOf(() => 'claude-sonnet').cost).toBeCloseTo(1, 1);
  });

  it('breaks quality with its hand-written policy, above all at code', () => {
    const { rules } = parsePolicy(text('practice.routes.yaml'), 'practice.routes.yaml');
    const byHand = ({ tokens }: (typeof lines)[number]) => {
      const rule = rules.find(({ when }) => tokens < (when?.input_tokens?.lt ?? Infinity));
      return rule?.use ?? '';
    };
    const [hand, large] = [truthOf(byHand), truthOf(() => 'claude-sonnet')];
    expect(large.quality - hand.quality).toBeGreaterThan(0.03);
    const code = lines.filter(({ task }) => task === 'code').map(byHand);
    expect(new Set(code)).toEqual(new Set(['mistral-small']));
  });

  it('can save half and more at a quality within a point of the large model', () => {
    const byTask: Record<string, string> = {
      chat: 'deepseek',
      classify: 'mistral-small',
      code: 'deepseek',
      documents: 'claude-haiku',
    };
    const [good, large] = [
      truthOf(({ task }) => byTask[task] ?? 'gemini-flash'),
      truthOf(() => 'claude-sonnet'),
    ];
    expect(large.quality - good.quality).toBeLessThan(0.01);
    expect(1 - good.cost / large.cost).toBeGreaterThan(0.5);
  });
});
