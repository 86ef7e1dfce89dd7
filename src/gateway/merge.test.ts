import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makePolicy, parsePolicy } from '../policy/write.ts';
import { diffLines, diffText } from './edit/diff.ts';
import type { ExportResult } from './export/exporter.ts';
import { type GatewayName, gateways } from './gateways.ts';
import type { MergeInto } from './kit/gateway.ts';
import { mergeExport } from './kit/merge.ts';

const contract = parsePolicy(readFileSync('fixtures/contract/routes.yaml', 'utf8'), 'routes.yaml');
const { version: _, id: __, ...draft } = contract;
const bands = makePolicy({
  ...draft,
  rules: [
    { name: 'short', when: { input_tokens: { lt: 4000 } }, use: 'mistral-small' },
    { name: 'otherwise', use: 'sonnet', fallback: ['gemini-flash'] },
  ],
});
const merge = (name: GatewayName, exported: Pick<ExportResult, 'files'>, into: MergeInto) =>
  mergeExport(gateways[name], exported, into);

const hook = gateways.litellm.export(contract);
const plain = gateways['litellm-plain'].export(bands, { allowLoss: true });
const configs = ['team', 'small', 'anchors'].map((name) => {
  const path = `fixtures/export/merge/${name}.yaml`;
  return { path, text: readFileSync(path, 'utf8') };
});

/** The lines of the original that are in the merged text, in their order. */
function kept(before: string, after: string): string[] {
  return diffLines(before.split('\n'), after.split('\n')).flatMap(({ sign, text }) =>
    sign === ' ' ? [text] : [],
  );
}

const foreign = (config: { model_list: { model_name: string }[] }) =>
  config.model_list.filter(({ model_name }) => !/^arb(\/|$)/.test(model_name));

describe.each(configs)('a merge into $path', ({ path, text }) => {
  it.each([
    ['the hook', 'litellm', hook],
    ['the groups without code', 'litellm-plain', plain],
  ] as const)('of %s leaves every foreign line as it was', (_, gateway, exported) => {
    const merged = merge(gateway, exported, { path, text });
    expect(kept(text, merged.text)).toEqual(text.split('\n'));
    expect(merged.diff).not.toMatch(/^- /m);
    const [before, after, ours] = [text, merged.text, exported.files[0]?.text ?? ''].map((yaml) =>
      parse(yaml, { merge: true }),
    );
    expect(foreign(after)).toEqual(before.model_list);
    expect(after.model_list.filter((one: object) => !before.model_list.includes(one))).toEqual(
      expect.arrayContaining(ours.model_list),
    );
    expect(after.router_settings).toMatchObject({
      ...before.router_settings,
      ...(ours.router_settings && {
        model_group_retry_policy: ours.router_settings.model_group_retry_policy,
        context_window_fallbacks: expect.arrayContaining(
          ours.router_settings.context_window_fallbacks,
        ),
      }),
    });
  });

  it('is the same when merged again, and the next policy takes the place of this one', () => {
    const once = merge('litellm', hook, { path, text });
    expect(merge('litellm', hook, { path, text: once.text }).text).toBe(once.text);
    expect(merge('litellm', hook, { path, text: once.text }).diff).toBe('');
    const other = merge('litellm-plain', plain, { path, text: once.text });
    const afresh = merge('litellm-plain', plain, { path, text });
    expect(parse(other.text, { merge: true }).model_list).toEqual(
      parse(afresh.text, { merge: true }).model_list,
    );
  });

  it('keeps the text as it was for a rollback', () => {
    const { backup } = merge('litellm', hook, { path, text });
    expect(backup).toEqual({ path: `${path}.before-arb`, text });
  });
});

describe('a merge', () => {
  const [team = { path: '', text: '' }] = configs;

  it('puts the hook beside the callbacks that are there', () => {
    const { text } = merge('litellm', hook, team);
    expect(parse(text).litellm_settings.callbacks).toEqual([
      'otel',
      'langfuse',
      'arb_hook.arb_hook',
    ]);
  });

  it('is refused where a setting of the whole proxy says otherwise', () => {
    const text = team.text.replace('simple-shuffle', 'latency-based-routing');
    expect(() => merge('litellm-plain', plain, { ...team, text })).toThrow(
      /router_settings.routing_strategy is "latency-based-routing", and arb's groups need/,
    );
    expect(merge('litellm', hook, { ...team, text }).text).toContain('latency-based-routing');
  });

  it('is refused into a list in one line, and for a gateway without a file of its own', () => {
    const text = 'model_list: [{model_name: a, litellm_params: {model: b}}]\n';
    expect(() => merge('litellm', hook, { path: 'c.yaml', text })).toThrow(
      /c.yaml: model_list is not written as a block/,
    );
    expect(() => merge('portkey', hook, team)).toThrow(/portkey has no file to merge into/);
  });

  it('begins a file that is empty or has only the key', () => {
    for (const text of ['', 'model_list:\n', '# nothing yet\n']) {
      const merged = merge('litellm', hook, { path: 'c.yaml', text });
      expect(parse(merged.text).model_list).toHaveLength(3);
    }
  });

  it('into Bifrost keeps foreign rules, providers and their order', () => {
    const text = `${JSON.stringify(
      {
        providers: { openai: { keys: [{ name: 'o', value: 'env.O', models: ['*'], weight: 1 }] } },
        governance: { routing_rules: [{ id: 'mine', name: 'mine', priority: 500, targets: [] }] },
        client: { logging_headers: ['x-team'] },
      },
      null,
      4,
    )}\n`;
    const exported = gateways.bifrost.export(contract);
    const merged = merge('bifrost', exported, { path: 'config.json', text });
    expect(kept(text, merged.text).length).toBeGreaterThan(text.split('\n').length - 6);
    const config = JSON.parse(merged.text);
    expect(config.governance.routing_rules[0].id).toBe('mine');
    expect(config.client.logging_headers[0]).toBe('x-team');
    expect(merge('bifrost', exported, { path: 'config.json', text: merged.text }).diff).toBe('');
    const early = text.replace('500', '5');
    expect(() => merge('bifrost', exported, { path: 'config.json', text: early })).toThrow(
      /priority 5, before the last of arb's/,
    );
  });
});

describe('a merge loses no byte of the user', () => {
  it.each([
    ['a number of another form', '{"client": {"timeout": 1.0}}', /near .*1.0/],
    ['a number beyond 2^53', '{"client": {"id": 12345678901234567890}}', /would change/],
    ['a key that stands twice', '{"client": {}, "client": {"a": 1}}', /would change/],
    ['an escape', '{"client": {"a": "\\u0041"}}', /would change/],
    ['no JSON', '{', /config.json: not JSON/],
  ])('into Bifrost: %s is refused', (_, text, message) => {
    const exported = gateways.bifrost.export(contract);
    expect(() => merge('bifrost', exported, { path: 'config.json', text })).toThrow(message);
  });

  it('into LiteLLM: line ends of Windows stay', () => {
    const text = configs[1]?.text.replaceAll('\n', '\r\n') ?? '';
    const merged = merge('litellm', hook, { path: 'c.yaml', text });
    expect(kept(text, merged.text)).toEqual(text.split('\n'));
  });
});

describe('a difference', () => {
  it('makes one text from the other, on any two texts', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c'));
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const found = diffLines(before, after);
        const side = (gone: string) =>
          found.filter(({ sign }) => sign !== gone).map(({ text }) => text);
        expect(side('+')).toEqual(before);
        expect(side('-')).toEqual(after);
      }),
    );
  });

  it('shows each change with two lines around it', () => {
    expect(diffText('a\nb\nc\nd\ne\nf', 'a\nb\nc\nx\nd\ne\nf')).toBe(
      '...\n  b\n  c\n+ x\n  d\n  e\n...',
    );
  });
});
