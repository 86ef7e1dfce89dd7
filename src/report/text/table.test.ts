import { afterEach, describe, expect, it } from 'vitest';
import { formatTable, limitTables, shorten } from './table.ts';

afterEach(() => limitTables(undefined));

const columns = [
  { title: 'target', align: 'left' as const },
  { title: 'ok' },
  { title: 'TTFT p99' },
];

describe('a table', () => {
  it('measures wide characters as a terminal shows them', () => {
    expect(
      formatTable(columns, [
        ['模型', '5', '9 ms'],
        ['ab', '50', ''],
      ]),
    ).toEqual(['target  ok  TTFT p99', '模型     5      9 ms', 'ab      50']);
  });

  it('shortens names in the middle where the terminal is narrow', () => {
    limitTables(34);
    const name = 'a-provider-with-a-very-long-name-mini';
    const lines = formatTable(columns, [[name, '5', '9 ms']]);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(34);
    expect(lines[1]).toMatch(/^a-provi.*….*mini +5 +9 ms$/);
  });

  it('puts columns that find no room into a table below, never a part of a word', () => {
    limitTables(20);
    const wide = [...columns, { title: 'latency p50' }];
    const lines = formatTable(wide, [['mini', '5', '9 ms', '10 ms']]);
    expect(lines).toEqual([
      'target  ok  TTFT p99',
      'mini     5      9 ms',
      'target  latency p50',
      'mini          10 ms',
    ]);
  });
});

it('keeps head and tail of a name', () => {
  expect(shorten('openai-gpt-4.1-mini', 12)).toBe('openai…-mini');
  expect(shorten('short', 12)).toBe('short');
  expect(shorten('模型模型模型模型', 9).length).toBeLessThanOrEqual(9);
});
