import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layOutKit } from '../measure/demo/kit.ts';
import { loadConfig } from './config.ts';
import { init } from './init.ts';

const now = () => new Date('2026-11-20T01:00:00Z');

function written(env: Record<string, string>) {
  const file = join(mkdtempSync(join(tmpdir(), 'arb-init-')), 'arb.yaml');
  const found = init(file, { env, now });
  return { ...found, text: readFileSync(file, 'utf8') };
}

describe('arb init', () => {
  it('writes a target for each key that is enough for one, in a file that arb reads', () => {
    const { file, providers, unused } = written({ OPENAI_API_KEY: 'k', MISTRAL_API_KEY: 'k' });
    expect(providers).toEqual(['openai', 'mistral']);
    expect(unused).toEqual([]);
    expect(loadConfig(file).targets.map(({ name }) => name)).toEqual(['openai', 'mistral']);
  });

  it('names a schema that is there: the installed one, else a copy beside the file', () => {
    const { file, text } = written({});
    const [, schema = ''] = /\$schema=(\S+)/.exec(text) ?? [];
    expect(JSON.parse(readFileSync(join(dirname(file), schema), 'utf8')).properties).toHaveProperty(
      'targets',
    );
    const folder = mkdtempSync(join(tmpdir(), 'arb-init-'));
    const schemas = join(folder, 'node_modules/arb/schemas');
    mkdirSync(schemas, { recursive: true });
    writeFileSync(join(schemas, 'arb.v1.schema.json'), '{}');
    init(join(folder, 'arb.yaml'), { env: {}, now });
    expect(readFileSync(join(folder, 'arb.yaml'), 'utf8')).toContain('$schema=./node_modules/arb/');
    expect(readdirSync(folder).toSorted()).toEqual(['arb.yaml', 'node_modules']);
  });

  it('names the keys of Azure, AWS and Cohere, which are not enough, and says what their targets need', () => {
    const env = { AZURE_OPENAI_API_KEY: 'k', AWS_ACCESS_KEY_ID: 'k', COHERE_API_KEY: 'k' };
    const { unused, text, file } = written(env);
    expect(unused.toSorted()).toEqual(Object.keys(env).toSorted());
    expect(text).toMatch(
      /# AZURE_OPENAI_API_KEY is set: azure-openai: \{provider: azure-openai, base/,
    );
    expect(text).toMatch(/# COHERE_API_KEY is set: cohere: \{.*compatibility\/v1/);
    expect(loadConfig(file).targets.map(({ name }) => name)).toEqual(['local']);
  });

  it('invents no price where the catalogue has none', () => {
    const { text } = written({ TOKENMIX_API_KEY: 'k' });
    expect(text).toMatch(/tokenmix: \{provider: tokenmix, model: deepseek-chat\} .*no price/);
    expect(text).not.toMatch(/input: 1, output: 1/);
  });

  it('takes the market of the demo as it is shipped', () => {
    const dir = mkdtempSync(join(tmpdir(), 'arb-init-'));
    const file = join(dir, 'arb.yaml');
    init(file, { env: {}, now }, layOutKit(join(dir, 'demo')).config);
    expect(loadConfig(file).targets).toHaveLength(8);
  });
});
