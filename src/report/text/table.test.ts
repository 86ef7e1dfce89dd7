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

describe('on a narrow terminal', () => {
  it('sentences of the last column take several lines, and stay beside their row', () => {
    limitTables(60);
    const findings = ['target', 'check', 'found'].map((title) => ({
      title,
      align: 'left' as const,
    }));
    const lines = formatTable(findings, [
      ['mini', 'latency p99', 'not compared: times were measured under different loads, so that'],
      ['large', 'cost', 'within it'],
    ]);
    expect(lines).toEqual([
      'target  check        found',
      'mini    latency p99  not compared: times were measured under',
      '                       different loads, so that',
      'large   cost         within it',
    ]);
  });

  it('no figure of a label is lost: labels of several words take several lines', () => {
    limitTables(40);
    const label = 'CERTIFIED POLICY, on the 490 requests that tested it';
    const lines = formatTable(columns, [[label, '5', '9 ms']]);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
    const words = lines.slice(1).join(' ').split(/\s+/).filter(Boolean);
    expect(words.filter((word) => !['5', '9', 'ms'].includes(word)).join(' ')).toBe(label);
  });

  it('two names stay two, though more columns follow below then', () => {
    limitTables(34);
    const names = ['documents-from-one-2830', 'documents-less-than-2830'];
    const lines = formatTable(
      [...columns, { title: 'latency p50' }],
      [
        [names[0] ?? '', '5', '9 ms', '1 ms'],
        [names[1] ?? '', '6', '8 ms', '2 ms'],
      ],
    );
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(34);
    const shown = lines.map((line) => line.split(' ')[0]).filter((name) => name?.startsWith('d'));
    expect(new Set(shown).size).toBe(2);
  });
});

it('shortens long names where that saves a table below, and leaves columns out in which nothing is', () => {
  limitTables(60);
  const columns = [
    { title: 'target', align: 'left' as const },
    { title: 'model', align: 'left' as const },
    ...['input', 'output', 'fee', '$/month'].map((title) => ({ title })),
  ];
  const name = 'the-provider-of-models/with-a-name-of-45-let';
  const rows = ['1', '2'].map((end) => [name + end, 'gpt-4o-mini', '0.15', '0.6', '', '']);
  expect(formatTable(columns, rows)).toEqual([
    'target                            model        input  output',
    'the-provider-of-…name-of-45-let1  gpt-4o-mini   0.15     0.6',
    'the-provider-of-…name-of-45-let2  gpt-4o-mini   0.15     0.6',
  ]);
});

it('says in each of the tables below what a row is about, by all columns that say it', () => {
  limitTables(40);
  const left = 'left' as const;
  const columns = [
    { title: 'run', align: left },
    { title: 'target', align: left },
    ...[{ title: 'quality' }, { title: 'TTFT p99' }, { title: 'latency p99' }, { title: 'state' }],
  ];
  const rows = [
    ['r1', 'big', '95.5 %', '128 ms', '173 ms', 'complete'],
    ['', 'small', '94.5 %', '66 ms', '103 ms', ''],
  ];
  expect(formatTable(columns, rows)).toEqual([
    'run  target  quality  TTFT p99',
    'r1   big      95.5 %    128 ms',
    '     small    94.5 %     66 ms',
    'run  target  latency p99     state',
    'r1   big          173 ms  complete',
    '     small        103 ms',
  ]);
});

it('breaks no label into lines that are narrower than the title above it', () => {
  limitTables(38);
  const columns = [
    { title: 'policy or target', align: 'left' as const },
    ...[{ title: 'quality' }, { title: 'first token' }],
  ];
  const lines = formatTable(columns, [['best single target: big', '95.5 %', '41 ms, 127 ms']]);
  expect(lines).toEqual([
    'policy or target         quality',
    'best single target: big   95.5 %',
    'policy or target           first token',
    'best single target: big  41 ms, 127 ms',
  ]);
});

it('keeps head and tail of a name', () => {
  expect(shorten('openai-gpt-4.1-mini', 12)).toBe('openai…-mini');
  expect(shorten('short', 12)).toBe('short');
  expect(shorten('模型甲模型模型乙丙', 9)).toBe('模型…乙丙');
});

it('never cuts a letter that is seen as one, such as an emoji', () => {
  expect(shorten('🚀fast👩‍🚀model🇩🇪é', 12)).toBe('🚀fast…el🇩🇪é');
  for (let width = 1; width < 18; width++) {
    expect(shorten('🚀fast👩‍🚀model🇩🇪é', width)).not.toMatch(/\p{Cs}|\u200d$|…\u200d/u);
  }
});
