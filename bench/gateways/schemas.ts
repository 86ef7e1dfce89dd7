import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseAllDocuments } from 'yaml';
import { type GatewayName, gateways } from '../../src/gateway/gateways.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { parsePolicy } from '../../src/policy/write.ts';
import { generatePolicy } from './cases.ts';
import { random } from './random.ts';
import { virtualEnvironment } from './venv.ts';

/**
 * Exports against the gateways' own validators, each with broken copies that must be rejected:
 * vLLM Semantic Router's command, and the CRDs of Envoy Gateway's Go module made strict. The CRDs
 * of Envoy AI Gateway are in no registry: `AI_GATEWAY_CRDS=FOLDER node bench/gateways/schemas.ts`
 * reads them from a checkout's manifests/charts/ai-gateway-crds-helm/templates.
 */
const POLICIES = 12;

const policies = (): Policy[] => {
  const r = random(4);
  const family = {
    conditions: ['range', 'task', 'metadata', 'flags', 'turns'],
    splits: ['request', 'session'],
    timeouts: true,
    retries: true,
    anyFailure: false,
  } as const;
  const generated = Array.from({ length: POLICIES }, () =>
    generatePolicy(r, 'https://gateway.example', family),
  );
  const contract = readFileSync('fixtures/contract/routes.yaml', 'utf8');
  return [parsePolicy(contract, 'routes.yaml'), ...generated];
};

function exported(policy: Policy, gateway: GatewayName): string {
  return gateways[gateway].export(policy, { allowLoss: true }).files[0]?.text ?? '';
}

interface Verdict {
  readonly gateway: string;
  readonly accepted: number;
  readonly refused: number;
  readonly broken: number;
  readonly caught: number;
}

/** Its command takes 10 s to start, so one process runs it for each file. */
const validateAll = [
  'import sys',
  'from click.testing import CliRunner',
  'from cli.main import main',
  'for file in sys.argv[1:]:',
  '    print(CliRunner().invoke(main, ["config", "validate", "--config", file]).exit_code)',
].join('\n');

function vllmSr(): Verdict {
  const bin = virtualEnvironment('vllm-sr', 'requirements-vllm-sr.txt');
  const folder = mkdtempSync(join(tmpdir(), 'arb-vllm-sr-'));
  const texts = policies().map((policy) => exported(policy, 'vllm-semantic-router'));
  const [text = ''] = texts;
  const broken = [
    text.replace('name: arb_tier is eu\n      modelRefs', 'name: nothing\n      modelRefs'),
    text.replace('- model: mistral-small', '- model: unknown-model'),
    text.replace('max_tokens: "3999"', 'max_tokens: "many"'),
    text.replace('api_key_env', 'api_key_environment'),
  ].filter((copy) => copy !== text);
  const files = [...texts, ...broken].map((copy, index) => {
    const file = join(folder, `${index}.yaml`);
    writeFileSync(file, copy);
    return [copy, file] as const;
  });
  const paths = files.map(([, file]) => file);
  const run = spawnSync(join(bin, 'python'), ['-c', validateAll, ...paths], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const codes = run.stdout.trim().split('\n').map(Number);
  const passed = new Set(files.filter((_, index) => codes[index] === 0).map(([copy]) => copy));
  const valid = (copy: string) => passed.has(copy);
  const verdict = count('vLLM Semantic Router 0.4.0', { texts, broken, valid });
  return verdict;
}

interface Copies {
  readonly texts: readonly string[];
  readonly broken: readonly string[];
  readonly valid: (text: string) => boolean;
}

function count(gateway: string, { texts, broken, valid }: Copies): Verdict {
  const accepted = texts.filter(valid).length;
  return {
    gateway,
    accepted,
    refused: texts.length - accepted,
    broken: broken.length,
    caught: broken.filter((text) => !valid(text)).length,
  };
}

interface Crd {
  readonly kind?: string;
  readonly spec?: {
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: object };
    }[];
  };
}

/** A CRD's schema prunes what it does not know; a strict one says so. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, strict(value)]);
  const result = Object.fromEntries(entries);
  if ('properties' in result && !('additionalProperties' in result)) {
    return { ...result, additionalProperties: false };
  }
  return result;
}

function crds(folders: readonly string[]): Map<string, (value: unknown) => boolean> {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
      .map((entry) => join(folder, entry.name)),
  );
  const found = files.flatMap((file) => {
    // Helm's own lines are no YAML.
    const text = readFileSync(file, 'utf8').replaceAll(/^.*\{\{.*$/gm, '');
    return parseAllDocuments(text).map((document) => document.toJS() as Crd | null);
  });
  const validators = found.flatMap((crd) =>
    crd?.kind === 'CustomResourceDefinition'
      ? (crd.spec?.versions ?? []).map(({ name, schema }) => {
          const root = strict(schema.openAPIV3Schema) as { properties: object };
          const metadata = { type: 'object' };
          const open = { ...root, properties: { ...root.properties, metadata } };
          // Compiled when first used: most kinds never are.
          let validate: ((value: unknown) => boolean) | undefined;
          const check = (value: unknown) => {
            validate ??= ajv.compile(open);
            return validate(value);
          };
          return [`${crd.spec?.names.kind} ${name}`, check] as const;
        })
      : [],
  );
  return new Map(validators);
}

function envoy(): Verdict[] {
  const module = 'github.com/envoyproxy/gateway@v1.9.1';
  const cwd = mkdtempSync(join(tmpdir(), 'arb-envoy-'));
  writeFileSync(join(cwd, 'go.mod'), 'module arb\n');
  const run = spawnSync('go', ['mod', 'download', '-json', module], { cwd, encoding: 'utf8' });
  rmSync(cwd, { recursive: true });
  const { Dir } = JSON.parse(run.stdout) as { Dir: string };
  const charts = join(Dir, 'charts/gateway-helm/charts/crds/crds');
  const own = process.env.AI_GATEWAY_CRDS;
  const schemas = crds([charts, join(charts, 'generated'), ...(own ? [own] : [])]);
  const unchecked = new Set<string>();
  const valid = (text: string) =>
    parseAllDocuments(text).every((document) => {
      const value = document.toJS() as { apiVersion: string; kind: string };
      const name = `${value.kind} ${value.apiVersion.split('/')[1]}`;
      const validate = schemas.get(name);
      if (!validate) unchecked.add(name);
      return validate?.(value) ?? true;
    });
  const texts = policies().map((policy) => exported(policy, 'envoy-ai-gateway'));
  const [text = ''] = texts;
  const broken = [
    text.replace('numRetries:', 'retries:'),
    text.replace('hostname: api.mistral.ai\n', 'host: api.mistral.ai\n'),
    text.replace('wellKnownCACertificates: System', 'wellKnownCACertificates: All'),
    ...(own
      ? [
          text.replace('modelNameOverride', 'modelName'),
          text.replace('type: APIKey', 'type: Key'),
          text.replace('name: OpenAI', 'name: OpenAi'),
        ]
      : []),
  ].filter((copy) => copy !== text);
  const verdict = count('Envoy AI Gateway', { texts, broken, valid });
  if (unchecked.size > 0) {
    console.log(`not checked without AI_GATEWAY_CRDS: ${[...unchecked].join(', ')}`);
  }
  return [verdict];
}

const verdicts = [vllmSr(), ...envoy()];
console.table(verdicts);
const good = verdicts.every((v) => v.refused === 0 && v.broken > 0 && v.caught === v.broken);
process.exitCode = good ? 0 : 1;
