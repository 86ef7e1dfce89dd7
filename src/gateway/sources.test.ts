import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { routeRequests } from '../command/deploy/route.ts';
import { decide } from '../policy/decide.ts';
import { makePolicy, type PolicyDraft } from '../policy/write.ts';
import { readFeatures } from '../workload/features.ts';
import { gateways } from './gateways.ts';

const target = { provider: 'openai', model: 'm', api_key_env: 'K' };

/** A policy with a rule for each task, and where it looks for the task. */
function policyFrom(task: string[] | undefined) {
  const draft: PolicyDraft = {
    status: 'uncertified',
    features: task ? { task: { from: task } } : {},
    targets: { a: target },
    rules: [
      ...['chat', 'code', '5'].map((name) => ({ name, when: { task: [name] }, use: 'a' })),
      { name: 'otherwise', use: 'a' },
    ],
  };
  return makePolicy(draft);
}

interface Row {
  readonly from: string[] | undefined;
  readonly task?: string;
  readonly metadata: Record<string, string | number>;
  /** Of live traffic only. */
  readonly headers?: Record<string, string>;
  readonly rule: string;
}

const rows: readonly Row[] = [
  { from: undefined, task: 'chat', metadata: {}, rule: 'chat' },
  { from: undefined, metadata: { task: 'code' }, rule: 'code' },
  { from: undefined, metadata: { kind: 'code' }, rule: 'otherwise' },
  { from: undefined, metadata: {}, headers: { 'x-arb-task': 'chat' }, rule: 'chat' },
  { from: ['metadata.kind'], metadata: { kind: 'code', task: 'chat' }, rule: 'code' },
  { from: ['metadata.kind'], metadata: { task: 'chat' }, rule: 'otherwise' },
  { from: ['metadata.kind'], metadata: { kind: 5 }, rule: '5' },
  { from: ['metadata.kind', 'metadata.task'], metadata: { task: 'chat' }, rule: 'chat' },
  { from: ['metadata.a.b'], metadata: { 'a.b': 'chat' }, rule: 'chat' },
  { from: ['header:X-Kind'], metadata: {}, headers: { 'x-kind': 'co%64e' }, rule: 'code' },
  { from: ['header:x-kind', 'metadata.kind'], metadata: { kind: 'chat' }, rule: 'chat' },
  { from: ['metadata.constructor', 'metadata.__proto__'], metadata: {}, rule: 'otherwise' },
];
const body = { messages: [{ role: 'user', content: 'hi' }] };

const folder = mkdtempSync(join(tmpdir(), 'arb-sources-'));
afterAll(() => rmSync(folder, { recursive: true }));

function python(script: string, ...args: string[]): unknown {
  return JSON.parse(execFileSync('python3', ['-c', script, folder, ...args], { encoding: 'utf8' }));
}

const stub = `
import asyncio, json, sys, types
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
logger = types.ModuleType("litellm.integrations.custom_logger")
logger.CustomLogger = object
for name in ("litellm", "litellm.integrations"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["litellm.integrations.custom_logger"] = logger
import importlib
`;

describe.each(rows.map((row, at) => ({ ...row, at })))(
  'a task looked for in $from, with $task, $metadata and headers $headers',
  ({ from, task, metadata, headers, rule, at }) => {
    const policy = policyFrom(from);
    const said = { metadata, ...(task !== undefined && { task }) };

    // Headers are there in live traffic only, which the hook sees.
    const recorded = headers ? [] : [rule];

    it.each(recorded)('is rule %s for decide and arb route', () => {
      expect(decide(policy, readFeatures({ ...said, body })).rule).toBe(rule);
      const line = JSON.stringify({ ...said, request: body });
      expect(routeRequests(policy, line).routed[0]?.why.decision.rule).toBe(rule);
    });

    it.each(recorded)('is rule %s for the carriers', async () => {
      const { files } = gateways.portkey.export(policy);
      for (const { path, text } of files) writeFileSync(join(folder, `${at}-${path}`), text);
      const { carry } = await import(pathToFileURL(join(folder, `${at}-arb-carrier.ts`)).href);
      expect(carry(body, said).rule).toBe(rule);
      const script = `${stub}
module = importlib.import_module(sys.argv[2])
print(json.dumps(module.carry(**json.loads(sys.argv[3]))["rule"]))`;
      const given = JSON.stringify({ body, ...said });
      expect(python(script, `${at}-arb_carrier`, given)).toBe(rule);
    });

    it(`is rule ${rule} for the LiteLLM hook`, () => {
      const hook = gateways.litellm.export(policy).files.find(({ path }) => path === 'arb_hook.py');
      writeFileSync(join(folder, `hook_${at}.py`), hook?.text ?? '');
      const script = `${stub}
module = importlib.import_module(sys.argv[2])
data = json.loads(sys.argv[3])
asyncio.run(module.arb_hook.async_pre_call_hook(None, None, data, "completion"))
print(json.dumps(data["metadata"]["arb"]["arb_tier"]))`;
      const sent = { ...headers, ...(task !== undefined && { 'x-arb-task': task }) };
      const data = {
        ...body,
        model: 'arb',
        metadata: { requester_metadata: metadata },
        proxy_server_request: { headers: sent },
      };
      expect(python(script, `hook_${at}`, JSON.stringify(data))).toBe(rule);
    });
  },
);
