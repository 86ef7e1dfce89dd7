import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { parseMarket } from './market.ts';

const target = 'model: m, price: {input: 1, output: 2}, ttft: 10, output_tokens: {default: 20}';

describe('a market file', () => {
  it('needs little more than a model, a price and an accuracy', () => {
    const market = parseMarket(`targets: {a: {${target}, accuracy: {default: 0.9}}}`, 'm.yaml');
    expect(market.time_scale).toBe(1);
    expect(market.targets.a?.wire.framing).toBe('lf');
  });

  it.each([
    [`targets: {a: {${target}, accurracy: {default: 0.9}}}`, 'did you mean "accuracy"?'],
    [`targets: {a: {${target}, accuracy: {default: 1.9}}}`, 'accuracy.default'],
    [`targets: {a: {${target}, accuracy: {default: 1}, wire: {framming: lf}}}`, '"framing"'],
    [`targets: {a: {${target}, accuracy: {default: 1}, gap: {p50_ms: 9, p99_ms: 2}}}`, 'p99_ms'],
    ['targets: {}', 'needs at least one target'],
    ['targets: {a: [', 'not YAML'],
  ])('is refused with its name and the fault: %s', (text, fault) => {
    const read = () => parseMarket(text, 'm.yaml');
    expect(read).toThrow(UsageError);
    expect(read).toThrow('m.yaml');
    expect(read).toThrow(fault);
  });

  it('is refused with the line of each fault', () => {
    const text = 'seed: x\ntargets:\n  a: {model: m}\n  b:\n    model: m\n    acuracy: 1\n';
    const read = () => parseMarket(text, 'm.yaml');
    expect(read).toThrow(/^m\.yaml:1: seed: must be a number/);
    expect(read).toThrow(/^m\.yaml:3: targets\.a\.price: is missing/m);
    expect(read).toThrow(/^m\.yaml:[56]: unknown key "targets\.b\.acuracy"/m);
  });
});
