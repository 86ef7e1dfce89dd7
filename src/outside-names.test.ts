import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arb, folderWith } from './cli/harness.test.helper.ts';
import { Disclosures, sumDisclosed } from './command/measure/disclosures.ts';
import { findShift } from './optimize/shift.ts';
import { computedPrice, type PriceQuery } from './price/cost.ts';
import { adapt } from './provider/dialect/params.ts';
import { responsesUsage } from './provider/usage/responses-usage.ts';
import { encodeBody } from './provider/wire/wires.ts';
import { fakeTarget } from './replay/attempt/fake.test.helper.ts';
import { createBudgetGuard } from './replay/limit/budget-guard.ts';
import { ofTask } from './sim/market/truth.ts';
import { tokens, usd } from './units.ts';

/**
 * A name from outside (a target, a task, an app, a key of the metadata) may be `constructor` or
 * `__proto__`. Collections by such names are maps or objects without a prototype, and a name is
 * looked for among an object's own.
 */
const root = import.meta.dirname;
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !/\.test(?:\.helper)?\.tsx?$/.test(name),
);

/** The code alone: strings and comments may say what they like. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/gm,
    '""',
  );
}

function find(pattern: RegExp): string[] {
  return sources.flatMap((file) =>
    [...codeOf(file).matchAll(pattern)].map(([found]) => `${file}: ${found}`),
  );
}

/** `name[key] = ...` and its kin with a key that is worked out, in the code of one file. */
const computedWrite =
  /(?<![\w.#)\]])((?:[\w$]+\.)*#?[A-Za-z_$][\w$]*(?:\[[^[\]\n]*\])*)\[([^[\]\n]*(?:\[[^\]\n]*\][^[\]\n]*)*)\]\s*(?:=(?![=>])|\?\?=|\|\|=|&&=|[-+*/|&^]=|<<=|>>=|\+\+|--)/g;

/** What has no prototype to reach: lists, typed arrays, and objects that were made without one. */
const harmless =
  /\[\]|\bArray\b|Array[.<(]|Array\(|\bBuffer\b|Object\.create\(null\)|\.map\(|\.slice\(|\.filter\(|\.split\(/;

/** Whether the file declares `name` as one of those, wherever it does. */
function isHarmless(code: string, name: string): boolean {
  const declared = new RegExp(
    `(?:\\b(?:const|let|readonly)|[(,{;]|^)\\s*(?:readonly )?#?${name.replace('$', '\\$')}\\??\\s*(:[^=;\\n]*)?(?:=(?!=)\\s*([^;\\n]{0,90}))?`,
    'gm',
  );
  return [...code.matchAll(declared)].some(([, type = '', value = '']) =>
    harmless.test(`${type} ${value}`),
  );
}

/** Whether a key counts: `at` in this house, or what is declared so: `for (let i = 0`, `row: number`. */
const isIndex = (code: string, key: string) =>
  key === 'at' ||
  (/^[a-z]\w*$/i.test(key) && new RegExp(`\\b${key}(?:: number\\b| = \\d)`).test(code));

function findWrites(file: string): string[] {
  const code = codeOf(file);
  return [...code.matchAll(computedWrite)].flatMap(([, target = '', key = '']) => {
    if (/^\s*(?:\d[\d_]*|"")?\s*$/.test(key)) return [];
    const name =
      target
        .replaceAll(/\[[^[\]]*\]/g, '')
        .split(/[.#]/)
        .at(-1) ?? '';
    return isIndex(code, key) || isHarmless(code, name) ? [] : [`${file}: ${target}[${key}]`];
  });
}

/** These compute on rows and groups that are numbered: names were interned before. */
const isText = (file: string) => !/^optimize\/(?:compare|propose|rows|rules|solve)\//.test(file);

/** Computed keys on objects that may have a prototype, and why no name from outside can be one. */
const reviewed: Readonly<Record<string, string>> = {
  'http/response-reader.ts: headers[name]': 'made without a prototype, as parseHeaders says',
  'measure/meter.ts: found[name]': 'the names of arb’s own metrics',
  'measure/tally.ts: sum.tokens[total]': 'the names of arb’s own totals',
  'measure/tally.ts: sum[name]': 'the names of arb’s own totals',
  'measure/tally.ts: tally.tokens[total]': 'the names of arb’s own totals',
  'outcome/scoreboard.ts: score[outcome.status]': 'one of arb’s own states, read by its schema',
  'outcome/tally.ts: this.#rare[kind]': 'one of four names of its own',
  'price/catalogue.ts: asked[name]': 'the units of the catalogue’s package',
  'price/traffic.ts: other[key]': 'the names of a part of the traffic',
  'provider/usage/merge-usage.ts: merged[key]':
    '`__proto__` is passed over, own keys alone are read',
  'replay/attempt/row.ts: tokens[field]': 'the names of arb’s own fields',
  'replay/attempt/run-task.ts: counts[exchange.reason === "" ? "" : ""]': 'one of two names',
  'sim/server/audit.ts: line[row.outcome]': 'one of the simulator’s own outcomes',
  'table/parquet.ts: row[key]': 'a column that the row has of its own already',
  'workload/import/record/part-messages.ts: at[key]': 'made without a prototype at each level',
  'workload/import/record/part-messages.ts: at[path.at(-1) ?? ""]':
    'made without a prototype at each level',
};

it('no name from outside becomes the key of an object that has a prototype', () => {
  const found = [...new Set(sources.filter(isText).flatMap(findWrites))].sort();
  expect(found).toEqual(Object.keys(reviewed).sort());
});

it('no collection by names starts as an object with a prototype', () => {
  expect(find(/(?:const|let|readonly) [#\w]+: (?:Partial<)?Record<string,[^=;]*> = \{\}/g)).toEqual(
    [],
  );
});

it('no name is looked for in the prototype of an object', () => {
  const lookups = find(
    /(?<!\bconst |\blet )\b(?!K\b|Key\b|Field\b|Part\b|kind\b)[a-z]\w* in [\w.]+/g,
  );
  expect(lookups).toEqual([]);
});

/** Tables of arb's own words: what is asked of them may come from a file or an answer. */
it('what a table of words has under a name is looked up among its own', () => {
  const found = sources.flatMap((file) => {
    const code = codeOf(file);
    const tables = code.matchAll(/^(?:export )?const (\w+): [^=;]*\bRecord<string,[^=;]*= \{$/gm);
    return [...tables].flatMap(([, name = '']) => {
      const read = new RegExp(`(?<![\\w.])${name}(?:\\?\\.)?\\[[^\\]\\n]+\\]`, 'g');
      return [...code.matchAll(read)].map(([text]) => `${file}: ${text}`);
    });
  });
  expect(found).toEqual([]);
});

it('the patterns find what they are for', () => {
  const collection = /(?:const|let|readonly) [#\w]+: (?:Partial<)?Record<string,[^=;]*> = \{\}/;
  expect('const a: Record<string, number> = {};').toMatch(collection);
  expect('const a: Record<string, number> = Object.create(null);').not.toMatch(collection);
});

describe('a name of Object’s prototype is a name like any other', () => {
  it('as a target of an outcome table', async () => {
    const folder = folderWith({
      'o.jsonl': '{"request_id":"r","target":"constructor","cost_usd":1,"quality":1}\n',
    });
    const { code, stderr } = await arb(['recommend', '--outcomes', join(folder, 'o.jsonl')]);
    expect(code, stderr).not.toBe(70);
  });

  it('as a target under a cap, and as a data class', () => {
    const guard = createBudgetGuard({
      run: usd(1),
      targets: {},
      spent: {},
      lost: usd(0),
      maxOutputTokens: 1,
    });
    expect(guard.check('constructor', usd(0.5))).toBe('room');
    const disclosed = new Disclosures();
    disclosed.add('toString', 'constructor');
    expect(sumDisclosed(disclosed.counts, {})).toEqual({ toString: { constructor: 1 } });
  });

  it('as a task of a market', () => {
    expect(ofTask({ chat: 0.5 }, 'constructor')).toBeUndefined();
  });

  it('as a field of a request', () => {
    const body = { messages: [], constructor: 1 } as never;
    const params = { set: {}, drop: [], rename: {} };
    expect(Object.keys(adapt(body, { params }))).toContain('constructor');
  });

  it('as a service tier and as an item of an answer, of which nobody knows the price', () => {
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    const terms = [{ field: 'service_tier', value: 'constructor' }];
    const target = { model: 'gpt-4o', catalogue: 'openai', feePercent: 0 };
    const bill = { target, usage: { inputTokens: tokens(1), outputTokens: tokens(1), terms } };
    expect(computedPrice({ ...bill, at: new Date('2026-11-20') } as PriceQuery)).toEqual({
      unknown: 'service_tier=constructor',
    });
    expect(responsesUsage(usage, [{ type: 'constructor' }], {})).not.toHaveProperty('units');
  });

  it('as a task of the traffic that was certified, and is gone', () => {
    const mix = (task: Record<string, number>) => ({
      units: 1_000,
      features: { task },
      rules: { otherwise: 1 },
    });
    const found = findShift(mix({ constructor: 0.5, chat: 0.5 }), mix({ chat: 1 }));
    expect(found.map(({ about }) => about)).toEqual(['task', 'task']);
  });

  it('as the choice of a tool', () => {
    const tool = { type: 'function', function: { name: 'f', parameters: {} } };
    const body = { messages: [], tools: [tool], tool_choice: 'constructor' } as never;
    for (const wire of ['anthropic-messages', 'gemini'] as const) {
      const sent = JSON.parse(encodeBody(body, fakeTarget('t', { wire })));
      expect(sent.tool_choice).toBeUndefined();
      expect(sent.toolConfig).toBeUndefined();
    }
  });
});
