import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkloadError } from '../errors.ts';
import { readOutcomes, toOutcomeTable } from './read.ts';
import type { OutcomeRow } from './row.ts';
import { type OutcomeTable, pickRows, statuses } from './table.ts';

const dir = mkdtempSync(join(tmpdir(), 'arb-outcomes-'));
let files = 0;

function write(...lines: (string | object)[]): string {
  const path = join(dir, `${++files}.jsonl`);
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(path, `${text.join('\n')}\n`);
  return path;
}

const row = (request_id: string, target: string, more: object = {}) => ({
  ...{ request_id, target, cost_usd: 0.001, quality: 1 },
  ...more,
});

/** Everything in a table, by names. */
function shown(table: OutcomeTable) {
  return Array.from({ length: table.rows }, (_, at) => ({
    id: table.requests.name(at),
    tokens: table.inputTokens[at],
    features: [...table.features].map(([key, of]) => `${key}=${of.values[of.code[at] ?? -1]}`),
    session: table.session?.values[table.session.code[at] ?? -1],
    weight: table.weight?.[at],
    targets: table.targets.map((name, t) => {
      const column = table.columns[t];
      return [name, column?.status[at], column?.cost[at], column?.quality[at]];
    }),
  }));
}

describe('reading outcomes', () => {
  it('takes as little as request, target, cost and quality, after a header', async () => {
    const header = { kind: 'outcomes', version: 1, arb: '0.1.0' };
    const table = await readOutcomes(write(header, row('r1', 'b'), row('r1', 'a', { quality: 0 })));
    expect(table.targets).toEqual(['a', 'b']);
    expect(shown(table)).toEqual([
      {
        ...{ id: 'r1', tokens: -1, features: [], session: undefined, weight: undefined },
        targets: [
          ['a', statuses.ok, 1_000_000, 0],
          ['b', statuses.ok, 1_000_000, 1_000_000],
        ],
      },
    ]);
  });

  it('reads null as absent, in every field that may be', async () => {
    const nothing = { task: null, quality: null, cost_usd: null, weight: null, features: null };
    const table = await readOutcomes(write({ request_id: 'r', target: 't', ...nothing }));
    const [column] = table.columns;
    expect(column?.cost[0]).toBeNaN();
    expect(column?.quality[0]).toBe(-1);
    expect(column?.counts).toMatchObject({ unjudged: 1, unpriced: 1 });
    expect(table.features.size).toBe(0);
  });

  it('the fast reader and the exact one see the same in every line', async () => {
    const name = fc.stringMatching(/^[a-z"\\é/]{1,6}$/);
    const number = fc.oneof(
      fc.integer({ min: 0, max: 9 }),
      fc.double({ min: 0, max: 1e3, noNaN: true }),
    );
    const line = fc.record(
      {
        request_id: name,
        target: fc.constantFrom('a', 'b'),
        pass: fc.integer({ min: 1, max: 3 }),
        task: fc.constantFrom('x', 'ü', null),
        status: fc.constantFrom('ok' as const, 'failed' as const, 'skipped' as const),
        input_tokens: fc.nat(5_000),
        cost_usd: number,
        quality: fc.double({ min: 0, max: 1, noNaN: true }),
        latency_ms: number,
        session: name,
        usage: fc.constant({ a: [1, '}'] }),
        features: fc.record({ app: name, tools: fc.boolean() }),
      },
      { requiredKeys: ['request_id', 'target'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), async (rows) => {
        const fast = await readOutcomes(write(...rows.map((one) => JSON.stringify(one))));
        expect(shown(fast)).toEqual(shown(toOutcomeTable(rows as OutcomeRow[])));
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on the order of lines', async () => {
    const rows = Array.from({ length: 60 }, (_, i) =>
      row(`r${i % 20}`, `t${i % 3}`, {
        pass: 1 + Math.floor(i / 60),
        quality: (i % 7) / 7,
        task: `task-${i % 4}`,
        session: `s${i % 5}`,
      }),
    );
    const straight = await readOutcomes(write(...rows));
    const turned = await readOutcomes(write(...rows.toReversed()));
    expect(shown(turned)).toEqual(shown(straight));
    expect(turned.fingerprint).toBe(straight.fingerprint);
    expect(turned.faults).toEqual(straight.faults);
  });

  it('averages passes, a failed one as quality 0 and slow for every limit', async () => {
    const table = await readOutcomes(
      write(row('r', 't', { pass: 1, quality: 1, cost_usd: 0.002, latency_ms: 900 }), {
        request_id: 'r',
        target: 't',
        pass: 2,
        status: 'failed',
        cost_usd: 0.001,
      }),
    );
    const [column] = table.columns;
    expect([column?.status[0], column?.quality[0], column?.cost[0]]).toEqual([
      1, 500_000, 1_500_000,
    ]);
    expect(column?.latency.map((pass) => pass[0])).toEqual([900, Infinity]);
    expect(column?.counts).toMatchObject({ passes: 2, failedPasses: 1 });
  });

  it('pools files: the same request in two nights is two passes, not a duplicate', async () => {
    const night = (quality: number) => write(row('r', 't', { quality }));
    const table = await readOutcomes([night(1), night(0)]);
    expect(table.rows).toBe(1);
    expect(table.columns[0]?.quality[0]).toBe(500_000);
    expect(table.faults).toEqual([]);
  });

  it('tells a repeated line from one that contradicts, once a request', async () => {
    const table = await readOutcomes(
      write(row('r1', 'a'), row('r1', 'a'), row('r2', 'b'), row('r2', 'b', { quality: 0 })),
    );
    expect(table.faults).toEqual([
      { kind: 'duplicate', target: 'a', count: 1, example: 'r1' },
      { kind: 'contradiction', target: 'b', count: 1, example: 'r2' },
    ]);
  });

  it('says which feature differs between the rows of a request', async () => {
    const table = await readOutcomes(
      write(row('r', 'a', { task: 'x', input_tokens: 5 }), row('r', 'b', { task: 'y' })),
    );
    expect(table.faults).toEqual([
      { kind: 'feature-conflict', feature: 'task', count: 1, example: 'r' },
    ]);
  });

  it('rounds a quality down to millionths, but not a decimal that is on the grid', async () => {
    const table = await readOutcomes(
      write(row('a', 't', { quality: 0.29 }), row('b', 't', { quality: 1 / 3 })),
    );
    const [column] = table.columns;
    expect([...(column?.quality ?? [])].sort()).toEqual([290_000, 333_333]);
    expect(column?.rounded).toBe(1);
  });

  it('reads a line longer than a chunk, CRLF, blank lines and a byte order mark', async () => {
    const long = row('long', 't', { reason: 'x'.repeat(5 << 20) });
    const path = join(dir, 'crlf.jsonl');
    writeFileSync(path, `\uFEFF${JSON.stringify(row('r1', 't'))}\r\n\r\n${JSON.stringify(long)}`);
    const table = await readOutcomes(path);
    expect(
      shown(table)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['long', 'r1']);
  });

  it('gives the features of a request as they stand, booleans and numbers as text', async () => {
    const features = {
      app: 'web',
      tools: true,
      turns: 3,
      'metadata.region': 'eu',
      input_tokens: 12,
    };
    const table = await readOutcomes(write(row('r', 't', { features })));
    expect(shown(table)[0]?.features).toEqual([
      ...['app=web', 'metadata.region=eu', 'tools=true', 'turns=3'],
    ]);
    expect(table.inputTokens[0]).toBe(12);
  });
});

describe('a bad line', () => {
  const cases = [
    ['broken JSON', '{"request_id":"r",', /:3: is not JSON/],
    ['a quality above 1', row('r', 't', { quality: 1.5 }), /:3: quality: .*1/],
    ['a negative cost', row('r', 't', { cost_usd: -1 }), /:3: cost_usd/],
    ['a missing target', { request_id: 'r', quality: 1 }, /:3: target/],
    ['an unknown status', row('r', 't', { status: 'fine' }), /:3: status/],
    [
      'an unknown key',
      row('r', 't', { qualty: 1 }),
      /:3: unknown key "qualty"; did you mean "quality"/,
    ],
    ['a target that is a number', row('r', 't', { target: 3 }), /:3: target: must be text/],
    [
      'a request that is a number',
      row('r', 't', { request_id: 7 }),
      /:3: request_id: must be text/,
    ],
    ['an empty target', row('r', ''), /:3: target: must not be empty/],
    ['a task that is a number', row('r', 't', { task: 1 }), /:3: task: must be text/],
    ['a session that is a number', row('r', 't', { session: 1 }), /:3: session: must be text/],
    ['a group of no letter', row('r', 't', { group: '' }), /:3: group: must not be empty/],
    [
      'a kind of quality of its own',
      row('r', 't', { quality_kind: 'mine' }),
      /:3: quality_kind: must be one of check/,
    ],
    ['a reason that is a number', row('r', 't', { reason: 5 }), /:3: reason: must be text/],
    [
      'a cost reason that is a number',
      row('r', 't', { cost_unknown: 5 }),
      /:3: cost_unknown: must/,
    ],
    ['attempts in quotes', row('r', 't', { attempts: '2' }), /:3: attempts: must be a number/],
    ['a half attempt', row('r', 't', { attempts: 1.5 }), /:3: attempts: must be a whole number/],
    [
      'billed tokens in quotes',
      row('r', 't', { billed_input_tokens: '9' }),
      /:3: billed_input_tokens: must be a number/,
    ],
    [
      'negative billed tokens',
      row('r', 't', { billed_input_tokens: -9 }),
      /:3: billed_input_tokens: must be at least 0/,
    ],
    ['a cost in quotes', row('r', 't', { cost_usd: '0.1' }), /:3: cost_usd: must be a number/],
    [
      'a cost that is no number',
      '{"request_id":"r","target":"t","cost_usd":NaN}',
      /:3: is not JSON/,
    ],
    [
      'a cost beyond all numbers',
      '{"request_id":"r","target":"t","cost_usd":1e999}',
      /:3: cost_usd: must be a number/,
    ],
    ['a quality in quotes', row('r', 't', { quality: '1' }), /:3: quality: must be a number/],
    ['a negative quality', row('r', 't', { quality: -0.1 }), /:3: quality: must be at least 0/],
    ['a negative time', row('r', 't', { latency_ms: -1 }), /:3: latency_ms: must be at least 0/],
    ['a time in quotes', row('r', 't', { ttft_ms: '5' }), /:3: ttft_ms: must be a number/],
    ['a start in quotes', row('r', 't', { sent_ms: '5' }), /:3: sent_ms: must be a number/],
    [
      'output tokens that are true',
      row('r', 't', { output_tokens: true }),
      /:3: output_tokens: must be a number/,
    ],
    [
      'input tokens in quotes',
      row('r', 't', { input_tokens: '5' }),
      /:3: input_tokens: must be a number/,
    ],
    ['a weight of nothing', row('r', 't', { weight: 0 }), /:3: weight: must be above 0/],
    ['a pass before the first', row('r', 't', { pass: 0 }), /:3: pass: must be at least 1/],
    ['half a pass', row('r', 't', { pass: 1.5 }), /:3: pass: must be a whole number/],
    ['a pass beyond the last', row('r', 't', { pass: 32 }), /:3: pass: must be at most 31/],
    ['a list of features', row('r', 't', { features: ['a'] }), /:3: features: must be an object/],
    ['a control character in a name', row('r\u007f', 't'), /:3: request_id: has control/],
    ['a control character beyond ASCII', row('r\u0085', 't'), /:3: request_id: has control/],
    ['a list', '[1]', /:3: must be an object/],
    ['a nested feature', row('r', 't', { features: { a: { b: 1 } } }), /:3: features/],
  ] as const;

  it.each(cases)('is named with its place: %s', async (_, bad, message) => {
    const path = write(row('r1', 't'), row('r2', 't'), bad, row('r3', 't'));
    const error = await readOutcomes(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkloadError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain('Correct the line');
  });

  it.each(cases)('is left out, counted and leaves no trace where asked: %s', async (_, bad) => {
    const seen: string[] = [];
    const path = write(row('r1', 't'), row('r2', 't'), bad, row('r3', 't'));
    const table = await readOutcomes(path, { onInvalid: ({ message }) => seen.push(message) });
    expect(seen).toHaveLength(1);
    expect(
      shown(table)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['r1', 'r2', 'r3']);
    expect(table.faults).toMatchObject([{ kind: 'invalid-line', file: path, count: 1 }]);
  });

  it('an empty file and a missing one say so', async () => {
    await expect(readOutcomes(write(''))).rejects.toThrow(/holds no outcome/);
    await expect(readOutcomes(join(dir, 'none.jsonl'))).rejects.toThrow(/cannot be read/);
  });
});

describe('picking rows', () => {
  it('repeats and reorders whole rows under new names', async () => {
    const table = await readOutcomes(
      write(row('a', 't', { task: 'x' }), row('b', 't', { quality: 0 })),
    );
    const at = table.requests.name(0) === 'a' ? 0 : 1;
    const picked = pickRows(table, Int32Array.of(at, at, 1 - at), {
      name: (index) => `n${index}`,
      hash: (index) => index,
    });
    expect(
      shown(picked).map(({ id, features, targets }) => [id, features[0], targets[0]?.[3]]),
    ).toEqual([
      ['n0', 'task=x', 1_000_000],
      ['n1', 'task=x', 1_000_000],
      ['n2', 'task=undefined', 0],
    ]);
  });
});

describe('a request that was never meant for a target', () => {
  const rows = [
    row('r-1', 'a'),
    row('r-1', 'b', { status: 'not-planned', features: { lang: 'de' } }),
    row('r-2', 'b'),
    row('r-2', 'a', { status: 'not-planned' }),
  ];

  it('is as absent as one without a row, from a file and from objects', async () => {
    const planned = rows.filter((each) => !('status' in each));
    const expected = shown(toOutcomeTable(planned));
    expect(shown(await readOutcomes(write(...rows)))).toEqual(expected);
    expect(shown(toOutcomeTable(rows as OutcomeRow[]))).toEqual(expected);
  });
});
