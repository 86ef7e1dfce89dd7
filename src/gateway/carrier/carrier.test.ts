import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { headerText, jsonText } from '../../encode.ts';
import { decide, pickArm } from '../../policy/decide.ts';
import { makePolicy } from '../../policy/write.ts';
import { readFeatures } from '../../workload/features.ts';
import type { ChatBody } from '../../workload/request.ts';
import { carrierFiles } from './carrier-files.ts';
import { toHeader } from './carrier-text.ts';
import { carry as carryHere } from './carry.ts';

const target = { provider: 'openai', model: 'm' };
const policy = makePolicy({
  status: 'uncertified',
  features: { input_tokens: { bytes_per_token: 4 } },
  targets: { a: target, b: target, "c'\\": target },
  rules: [
    { name: 'app', when: { app: ['app-00000000', 'support'], tools: false }, use: 'a' },
    { name: 'images', when: { vision: true }, use: 'b' },
    {
      name: 'long "turns"',
      when: { turns: { gte: 2 }, input_tokens: { gte: 20, lt: 60 } },
      use: 'b',
    },
    { name: "json's", when: { json: true, 'metadata.a.b': ['1', 'true', 'é'] }, use: 'a' },
    {
      name: 'split',
      when: { task: ['été, ou non', 'x'] },
      split: {
        by: 'session',
        to: [
          { target: 'a', weight: 1 },
          { target: 'b', weight: 2 },
          { target: "c'\\", weight: 0.5 },
        ],
      },
    },
    { name: 'otherwise', use: "c'\\" },
  ],
});

const folder = mkdtempSync(join(tmpdir(), 'arb-carrier-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const { path, text } of carrierFiles(policy, {
  mirror: 'x-portkey-metadata',
  draws: 'session',
})) {
  writeFileSync(join(folder, path), text);
}
const { carry } = await import(pathToFileURL(join(folder, 'arb-carrier.ts')).href);

interface Call {
  readonly body: ChatBody;
  readonly task?: string;
  readonly metadata: Record<string, string | number | boolean>;
  readonly session?: string;
}

// Python 3.11 knows Unicode 14: what later versions decompose is left out (Cyrillic Extended-D,
// outlined letters, one modifier letter).
const laterThanUnicode14 = /[\u{1e030}-\u{1e08f}\u{1ccd6}-\u{1ccf9}\ua7f1]/gu;
// Whole Unicode strings and lone surrogates, control characters included.
const text = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)) }),
    fc.constantFrom('On 3 May 2024, see https://x.io/a and b+c@d.example 4711', '', ' \u2003x'),
  )
  .map((value) => value.replaceAll(laterThanUnicode14, ''));
const message = fc.record(
  {
    role: fc.constantFrom('user', 'assistant', 'system', 'developer', 'tool'),
    content: fc.oneof(
      text,
      fc.constant(null),
      fc.array(
        fc.oneof(
          text.map((t) => ({ type: 'text', text: t })),
          fc.constantFrom({ type: 'image_url', image_url: { url: 'u' } }, { type: 'input_image' }),
        ),
      ),
    ),
    tool_calls: fc.constantFrom(
      [],
      [{ id: '1', function: { name: 'f', arguments: '{"é":1e-7}' } }],
    ),
  },
  { requiredKeys: ['role'] },
);
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });
const body = fc.record(
  {
    messages: fc.array(message, { minLength: 1, maxLength: 4 }),
    tools: fc.array(
      fc.record({
        type: fc.constant('function'),
        function: fc.oneof(json, fc.record({ name: fc.string({ unit: 'binary' }) })),
        n: number,
      }),
    ),
    response_format: fc.oneof(
      fc.constantFrom({}, { type: 'text' }, { type: 'json_object' }),
      fc.record({ type: fc.constant('json_schema'), json_schema: json }),
    ),
  },
  { requiredKeys: ['messages'] },
) as fc.Arbitrary<ChatBody>;
const call: fc.Arbitrary<Call> = fc.record(
  {
    body,
    task: fc.constantFrom('été, ou non', 'x', 'chat'),
    metadata: fc.dictionary(
      fc.constantFrom('app', 'a.b', 'region', 'Team Name'),
      fc.oneof(fc.constantFrom('é', 'support', 'true'), fc.boolean(), fc.nat(3), number, text),
    ),
    session: fc.uuid(),
  },
  { requiredKeys: ['body', 'metadata'] },
);

/** What the policy itself says of a call, in the carrier's words. */
function expected({ body, task, metadata, session }: Call) {
  const features = readFeatures({ body, metadata, ...(task !== undefined && { task }) });
  const decision = decide(policy, features);
  const splits = decision.primaries.length > 1 && session !== undefined;
  const arm = splits ? headerText(pickArm(decision, policy.id, session)) : undefined;
  return { features, rule: decision.rule, arm };
}

function check(one: Call, got: { rule: string; headers: Record<string, string> }) {
  const { features, rule, arm } = expected(one);
  const { session } = one;
  expect(got.rule).toBe(rule);
  expect(got.headers['x-arb-tier']).toBe(headerText(rule));
  expect(got.headers['x-arb-policy']).toBe(policy.id);
  if (session !== undefined) expect(got.headers['x-arb-arm']).toBe(arm);
  expect(got.headers['x-arb-arm'] !== undefined).toBe(rule === 'split');
  const shown = Object.entries(features).map(([key, value]) => [
    toHeader(key),
    headerText(String(value)),
  ]);
  expect(got.headers).toMatchObject(Object.fromEntries(shown));
  const metadata = JSON.parse(got.headers['x-portkey-metadata'] ?? '');
  expect(metadata).toMatchObject({
    arb_tier: rule,
    arb_input_tokens: String(features.input_tokens),
  });
  for (const value of Object.values(got.headers)) expect(value).toMatch(/^[ -~]*$/);
}

function same(one: Call, answer: string): boolean {
  try {
    check(one, JSON.parse(answer));
    return true;
  } catch {
    return false;
  }
}

describe('the carrier', () => {
  it('computes in TypeScript what arb computes', () => {
    fc.assert(
      fc.property(call, (one) => check(one, carry(one.body, one))),
      { numRuns: 1_000 },
    );
  });

  it('says what arb itself sends when it verifies a gateway', () => {
    fc.assert(
      fc.property(call, (one) => {
        const { features } = expected(one);
        const ours = carryHere(
          policy,
          { id: 'r', features, ...(one.session && { session: one.session }) },
          { mirror: 'x-portkey-metadata', draws: 'session' },
        );
        const theirs = carry(one.body, { ...one, id: 'r' });
        expect(ours.metadata).toMatchObject(theirs.metadata);
        const { 'x-portkey-metadata': _, ...headers } = theirs.headers;
        expect(ours.headers).toMatchObject(headers);
      }),
      { numRuns: 300 },
    );
  });

  it('computes in Python what arb computes', () => {
    const driver = [
      'import json, sys',
      `sys.path.insert(0, ${JSON.stringify(folder)})`,
      'sys.dont_write_bytecode = True',
      'from arb_carrier import carry',
      'for line in sys.stdin.buffer:',
      '    print(json.dumps(carry(**json.loads(line))))',
    ].join('\n');
    const seed = Date.now() % 2 ** 31;
    // What is sent is JSON, so that is what both sides are given (-0 is 0 there).
    const lines = fc.sample(call, { numRuns: 2_000, seed }).map((one) => JSON.stringify(one));
    const run = spawnSync('python3', ['-c', driver], {
      input: lines.join('\n'),
      maxBuffer: 2 ** 26,
    });
    expect(run.stderr.toString()).toBe('');
    const answers = run.stdout.toString().trim().split('\n');
    expect(answers).toHaveLength(lines.length);
    const differing = lines.filter((line, at) => !same(JSON.parse(line), answers[at] ?? ''));
    expect(differing.slice(0, 1), `seed ${seed}`).toEqual([]);
  }, 60_000);

  it('writes JSON and header values that are printable ASCII and read back as they were', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(jsonText(value)).toMatch(/^[ -~]*$/);
        expect(JSON.parse(jsonText(value))).toBe(value);
        expect(decodeURIComponent(headerText(value))).toBe(value.toWellFormed());
      }),
    );
  });

  it('holds the first rule of a session where the policy is sticky', async () => {
    const { version: _, id: __, ...draft } = policy;
    const sticky = makePolicy({ ...draft, sticky: 'session' });
    const [file] = carrierFiles(sticky, { mirror: 'none', draws: 'session' });
    writeFileSync(join(folder, 'sticky.ts'), file?.text ?? '');
    const carrier = await import(pathToFileURL(join(folder, 'sticky.ts')).href);
    const ask = (task: string, session?: string) =>
      carrier.carry({ messages: [{ role: 'user', content: '' }] }, { task, session }).rule;
    expect(ask('x', 's1')).toBe('split');
    expect(ask('chat', 's1')).toBe('split');
    expect(ask('chat', 's2')).toBe('otherwise');
    expect(ask('chat')).toBe('otherwise');
  });
});
