import { readFileSync } from 'node:fs';
import { ChatRequest$outboundSchema } from '@openrouter/sdk/models';
import { describe, expect, it, vi } from 'vitest';
import { parseDocument } from 'yaml';
import { UsageError } from '../errors.ts';
import type { Policy } from '../policy/policy.ts';
import { makePolicy, parsePolicy } from '../policy/write.ts';
import type { ExportResult } from './export/exporter.ts';
import { type GatewayName, gateways } from './gateways.ts';

const read = (path: string) => parsePolicy(readFileSync(path, 'utf8'), path);
const everything = read('fixtures/export/routes.yaml');
const contract = read('fixtures/contract/routes.yaml');
const names = Object.keys(gateways) as GatewayName[];
const bindings = {
  'mistral-small': { use: 'mistralai/mistral-small-3.2' },
  sonnet: { use: 'anthropic/claude-sonnet-4.5' },
  'gemini-flash': { use: 'google/gemini-2.5-flash' },
};

const exportAll = (policy: Policy, gateway: GatewayName): ExportResult =>
  gateways[gateway].export(policy, { allowLoss: true });

describe.each(names)('the export to %s', (gateway) => {
  const result = exportAll(everything, gateway);

  it('is the golden file, byte for byte', async () => {
    for (const { path, text } of result.files) {
      await expect(text).toMatchFileSnapshot(`../../fixtures/export/${gateway}/${path}`);
    }
    const loss = result.loss.map((row) =>
      [row.rule, row.feature, row.how, row.changes ?? '', row.note].join(' | '),
    );
    await expect(`${loss.join('\n')}\n`).toMatchFileSnapshot(
      `../../fixtures/export/${gateway}/loss.txt`,
    );
  });

  it('is the same when made again', () => {
    expect(exportAll(everything, gateway)).toEqual(result);
  });

  it('names keys by their variable and holds no value, though each variable is set', () => {
    const variables = Object.values(everything.targets).flatMap((one) => one.api_key_env ?? []);
    for (const variable of variables) vi.stubEnv(variable, `value-of-${variable}`);
    const { files, notes } = exportAll(everything, gateway);
    vi.unstubAllEnvs();
    const texts = [...files.map((file) => file.text), ...notes].join('\n');
    expect(texts).not.toContain('value-of-');
    const names = variables.flatMap((one) => [one, one.toLowerCase().replaceAll('_', '-')]);
    const named = gateway === 'openrouter' || names.some((one) => texts.includes(one));
    expect(named).toBe(true);
  });

  it('carries the policy, the rule and the arm for later attribution', () => {
    const texts = result.files.map((file) => file.text).join('\n');
    expect(texts).toContain(everything.id);
    expect(texts).toContain('short lists');
  });

  it('says of each rule what became of each of its conditions', () => {
    for (const rule of everything.rules) {
      const said = result.loss.filter((row) => row.rule === rule.name).map((row) => row.feature);
      for (const feature of Object.keys(rule.when ?? {})) {
        const left = said.some((name) => name === feature);
        const leftOut = !result.effective.rules.some((kept) => kept.name === rule.name);
        expect(left || leftOut, `${rule.name}: ${feature}`).toBe(true);
      }
    }
  });

  it('refuses a bare name', () => {
    const policy = makePolicy({
      status: 'uncertified',
      features: {},
      targets: { a: {}, b: { provider: 'openai', model: 'm' } },
      rules: [{ name: 'otherwise', use: 'a', fallback: ['b'] }],
    });
    const refusal =
      gateway === 'openrouter' ? /cannot export a|no first target/ : /cannot export a/;
    expect(() => gateways[gateway].export(policy)).toThrow(refusal);
    expect(() => gateways[gateway].export(policy)).toThrow(UsageError);
  });
});

describe('an export', () => {
  it('is refused where requests would land elsewhere, with each reason, unless that is allowed', () => {
    expect(() => gateways['vllm-semantic-router'].export(contract)).toThrow(
      /cannot route as the policy says:\n {2}eu: fallback: no fallback to another model\n/,
    );
    expect(() => gateways['litellm-plain'].export(contract)).toThrow(/--allow-loss/);
    expect(() => gateways.openrouter.export(everything)).toThrow(/target claude: it is not at/);
    for (const gateway of ['portkey', 'litellm', 'bifrost', 'envoy-ai-gateway'] as const) {
      expect(gateways[gateway].export(contract).files.length).toBeGreaterThan(0);
    }
  });

  it('takes what the user has already: groups, slugs and virtual keys', () => {
    const litellm = gateways.litellm.export(contract, {
      bindings: { sonnet: { use: 'claude-prod' } },
    });
    expect(litellm.files[0]?.text).not.toContain('arb/sonnet');
    expect(litellm.files[1]?.text).toContain('"sonnet": "claude-prod"');
    const openrouter = gateways.openrouter.export(contract, { bindings });
    expect(openrouter.files[0]?.text).toContain('"anthropic/claude-sonnet-4.5"');
    const portkey = gateways.portkey.export(contract, {
      bindings: { sonnet: { use: 'vk-1' }, 'gemini-flash': { api_key_env: 'G_KEY' } },
    });
    expect(portkey.files[0]?.text).toContain('"virtual_key": "vk-1"');
    expect(portkey.files[0]?.text).toContain('"$G_KEY"');
    expect(() => gateways.portkey.export(contract, { bindings: { sonet: {} } })).toThrow(
      /bindings name no target: sonet/,
    );
  });

  it('is refused where a binding brings a key in place of its name', () => {
    const bindings = { sonnet: { api_key_env: 'sk-ant-123' } };
    expect(() => gateways.portkey.export(contract, { bindings })).toThrow(
      /the binding of sonnet: api_key_env is not the name of an environment variable/,
    );
  });

  it('is refused where a chain leaves the regions that its rule requires', () => {
    const { version: _, id: __, ...draft } = contract;
    const abroad = makePolicy({
      ...draft,
      rules: [
        {
          name: 'eu',
          when: { 'metadata.region': ['eu'] },
          require: { regions: ['eu'] },
          use: 'mistral-small',
          fallback: ['sonnet'],
        },
        { name: 'otherwise', use: 'sonnet' },
      ],
    });
    expect(() => gateways.portkey.export(abroad)).toThrow(
      /rule eu requires eu, but sonnet is not said to be only there/,
    );
  });
});

describe('the OpenRouter presets', () => {
  const { files } = gateways.openrouter.export(contract, { bindings });
  const { presets } = JSON.parse(files[0]?.text ?? '') as { presets: { body: object }[] };
  // The SDK speaks camelCase; only the names at the top differ there.
  const valid = (body: object) =>
    ChatRequest$outboundSchema.safeParse({
      messages: [{ role: 'user', content: 'hi' }],
      ...body,
    }).success;

  it("pass the schema of OpenRouter's own SDK", () => {
    expect(presets).toHaveLength(4);
    for (const { body } of presets) expect(valid(body)).toBe(true);
  });

  it('do not pass it when they are broken', () => {
    for (const { body } of presets) {
      expect(valid({ ...body, models: 'one' })).toBe(false);
      expect(valid({ ...body, metadata: { n: 1 } })).toBe(false);
    }
  });
});

it('writes YAML without anchors, which people paste from', () => {
  for (const gateway of names) {
    for (const { path, text } of exportAll(everything, gateway).files) {
      if (!path.endsWith('.yaml')) continue;
      expect(text).not.toMatch(/[&*]a\d/);
      if (gateway !== 'envoy-ai-gateway') expect(parseDocument(text).errors).toEqual([]);
    }
  }
});
