import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { decide, pickArm } from '../policy/decide.ts';
import type { Policy, When } from '../policy/policy.ts';
import { makePolicy, type PolicyDraft } from '../policy/write.ts';
import { readFeatures } from '../workload/features.ts';
import type { ExportResult } from './export/exporter.ts';
import type { Gateway } from './kit/gateway.ts';

/** What breaks out of a literal, a comment, a line, a document or an object, in some language. */
const fragments = [
  "'''",
  '"""',
  "'",
  '"',
  '`',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a hostile text, not a template
  '${globalThis.escaped = 1}',
  '\\',
  '\\"',
  '\n',
  '\r\n',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\u007f',
  '\u0000',
  '\u001b[2J',
  '\u202e',
  '*/',
  '//',
  '#',
  ' #',
  ': ',
  '- ',
  '---\n',
  '...\n',
  '&a ',
  '*a',
  '!!python/object/apply:os._exit [3]',
  '{{7*7}}',
  '%n',
  '=',
  '[x]\n',
  ']\nimport os; os._exit(3)\n[',
  '\nescaped = 1\n',
  '"); globalThis.escaped = 1; ("',
  "'); globalThis.escaped = 1; ('",
  '__proto__',
  'constructor',
  'toString',
  'no',
  '0x10',
  '1_000',
  '12:30:45',
  '2026-11-20',
  '~',
  '<<',
  'é',
  '😀',
  '\ud800',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary', maxLength: 4 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''))
  .filter((value) => value !== '');
const name = text.filter((value) => value !== '__proto__');
const values = fc.array(text, { minLength: 1, maxLength: 3 });

const when: fc.Arbitrary<When> = fc
  .record(
    {
      task: values,
      app: values,
      tools: fc.boolean(),
      input_tokens: fc.nat(9_000).map((lt) => ({ lt: lt + 1 })),
      metadata: fc.tuple(text, values),
    },
    { requiredKeys: ['task'] },
  )
  .map(({ metadata, ...rest }) => ({
    ...rest,
    ...(metadata && { [`metadata.${metadata[0]}`]: metadata[1] }),
  })) as fc.Arbitrary<When>;

/** Policies in which every text that a file can bring is hostile. */
export const hostilePolicies: fc.Arbitrary<PolicyDraft> = fc
  .record({
    targets: fc.uniqueArray(name, { minLength: 3, maxLength: 3 }),
    rules: fc.uniqueArray(fc.tuple(name, when), {
      minLength: 1,
      maxLength: 2,
      selector: ([rule]) => rule,
    }),
    model: text,
    provider: fc.oneof(text, fc.constantFrom('openai', 'anthropic', 'google', 'openrouter')),
    path: text,
    key: text,
    value: text,
    salt: text,
    source: text,
    by: fc.constantFrom('session' as const, 'request' as const),
    sticky: fc.boolean(),
    last: name,
  })
  .filter(({ rules, last }) => rules.every(([rule]) => rule !== last))
  .map(({ targets, rules, ...one }): PolicyDraft => {
    const [a = '', b = '', c = ''] = targets;
    const target = (at: number) => ({
      provider: one.provider,
      model: `${one.model}${at}`,
      base_url: `https://h.example/${encodeURIComponent(one.path.toWellFormed())}`,
      api_key_env: 'SOME_KEY',
      regions: [one.value],
      price: { input: 1, output: 2 },
      params: { set: { [one.key === '__proto__' ? 'k' : one.key]: one.value }, drop: [one.key] },
    });
    return {
      status: 'uncertified',
      features: {
        input_tokens: { bytes_per_token: 4 },
        task: { from: ['header:x-arb-task', `metadata.${one.source}`] },
      },
      ...(one.sticky && { sticky: 'session' as const }),
      targets: Object.fromEntries(targets.map((each, at) => [each, target(at)])),
      on_failure: { fallback_on: ['rate-limited', 'server-error', 'timeout', 'connect'] },
      rules: [
        ...rules.map(([rule, condition], at) => ({
          name: rule,
          when: condition,
          ...(at === 0
            ? {
                split: {
                  by: one.by,
                  salt: one.salt,
                  to: [
                    { target: a, weight: 1 },
                    { target: b, weight: 2 },
                  ],
                },
              }
            : { use: b }),
          fallback: [c],
          timeouts: { attempt_ms: 2_000 },
        })),
        { name: one.last, use: c },
      ],
    };
  });

/** What one policy's exports were found to be: the faults in words, none where all is data. */
export async function checkExports(
  draft: PolicyDraft,
  { gateways, python }: { gateways: readonly Gateway[]; python: Python },
): Promise<string[]> {
  const policy = makePolicy(draft);
  const faults: string[] = [];
  // Some gateways have the same carrier.
  const seen = new Set<string>();
  for (const gateway of gateways) {
    const bindings = bindingsFor(gateway, policy);
    const exported = gateway.export(policy, { allowLoss: true, bindings });
    const files = exported.files.filter((file) => !seen.has(file.text));
    for (const file of files) seen.add(file.text);
    const found = [...checkText(files), ...runTypescript(files, policy)];
    const answer = await python.ask({ files, policy: expectedOf(policy) });
    for (const fault of [...found, ...answer]) faults.push(`${gateway.name}: ${fault}`);
  }
  return faults;
}

/** OpenRouter needs model slugs; the others go to the targets themselves. */
function bindingsFor({ name: gateway }: Gateway, { targets }: Policy) {
  if (gateway !== 'openrouter') return {};
  return Object.fromEntries(Object.keys(targets).map((each) => [each, { use: `slug/${each}` }]));
}

function expectedOf({ id, rules }: Policy): object {
  return {
    id,
    names: rules.map(({ name: rule }) => rule),
    when: rules.map((rule) => rule.when ?? {}),
  };
}

/** Files that are data: what they hold is read by their parsers, and no line has left its place. */
function checkText(files: ExportResult['files']): string[] {
  return files.flatMap(({ path, text: content }) => {
    if (path.endsWith('.json')) {
      JSON.parse(content);
      return [];
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\u007f-\u00a0\u2028\u2029\ufeff]|[\0-\x08\x0b-\x1f]/.test(content)) {
      return [`${path} holds a control character`];
    }
    if (!path.endsWith('.yaml')) return [];
    const documents = parseAllDocuments(content);
    const errors = [...documents].flatMap((document) => document.errors);
    return errors.map((error) => `${path} is not YAML: ${error.message}`);
  });
}

const sample = { messages: [{ role: 'user', content: 'hi' }] };

/** Runs the carrier, and asks it for each rule. */
function runTypescript(files: ExportResult['files'], policy: Policy): string[] {
  const file = files.find(({ path }) => path.endsWith('.ts'));
  if (!file) return [];
  const script = stripTypeScriptTypes(file.text)
    .replace(/^import \{ (.*) \} from 'node:crypto';$/m, 'const { $1 } = crypto;')
    .replaceAll(/^export /gm, '');
  const before = Object.keys(globalThis).join();
  const carry = new Function('crypto', `${script}\nreturn carry;`)(crypto);
  const faults = policy.rules.flatMap(({ name: rule, when: condition }) => {
    const task = condition?.task?.[0];
    const got = carry(sample, { task, id: 'r', session: 's' });
    const features = readFeatures({
      body: sample,
      metadata: {},
      ...(task !== undefined && { task }),
    });
    const decision = decide(policy, features);
    const right = got.rule === decision.rule || policy.sticky !== undefined;
    const armed = got.metadata.arb_arm;
    const arms = decision.primaries.length > 1 && armed !== undefined && !policy.sticky;
    const key = policy.rules[decision.index]?.split?.by === 'session' ? 's' : 'r';
    const drawn = !arms || armed === pickArm(decision, policy.id, key);
    return right && drawn ? [] : [`the carrier in TypeScript decides otherwise than rule ${rule}`];
  });
  const after = Object.keys(globalThis).join();
  return before === after ? faults : [...faults, 'the carrier in TypeScript ran what was data'];
}

/** One interpreter that runs what was generated, file after file. */
export interface Python {
  ask(question: object): Promise<string[]>;
  close(): void;
}

export function startPython(): Python {
  const child: ChildProcessWithoutNullStreams = spawn('python3', ['-c', driver]);
  const waiting: ((answer: string[]) => void)[] = [];
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-2_000);
  });
  child.once('close', (code) => {
    for (const settle of waiting.splice(0)) settle([`python ended with ${code}: ${errors}`]);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.(JSON.parse(line) as string[]);
  });
  return {
    ask(question) {
      if (child.exitCode !== null) return Promise.resolve([`python has ended: ${errors}`]);
      return new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${JSON.stringify(question)}\n`);
      });
    },
    close() {
      child.stdin.end();
    },
  };
}

/**
 * Runs each Python file in a namespace of its own, with a stand-in for LiteLLM's base class, and
 * reads YAML as LiteLLM does (PyYAML, YAML 1.1) and TOML. Any name that the file should not define,
 * and any rule that is not the policy's, is a fault.
 */
const driver = String.raw`
import asyncio, builtins, json, re, sys, tomllib, types
sys.dont_write_bytecode = True
try:
    import yaml
except ImportError:
    yaml = None
logger = types.ModuleType("litellm.integrations.custom_logger")
logger.CustomLogger = type("CustomLogger", (), {})
for name in ("litellm", "litellm.integrations"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["litellm.integrations.custom_logger"] = logger

ALLOWED = set("""__builtins__ __doc__ __name__ hashlib json re unicodedata uuid Decimal quote POLICY
RULES TAGGED decide features_of input_tokens text_of json_of header_text arm_of HELD hold SPACE MASKS
app_of utf16_cut carry unquote CustomLogger ENTRY GROUPS CHAINS RETRIES METADATA TASK SESSION
TASK_FROM SESSION_FROM given context_of ArbHook arb_hook""".split())

def run(text, policy):
    space = {"__name__": "generated"}
    exec(compile(text, "generated", "exec"), space)
    extra = set(space) - ALLOWED
    faults = ["python defines " + ", ".join(sorted(extra))] if extra else []
    if space["POLICY"] != policy["id"]:
        faults.append("python has another policy id")
    if [rule[0] for rule in space["RULES"]] != policy["names"]:
        faults.append("python has other rules")
    if [rule[1] for rule in space["RULES"]] != policy["when"]:
        faults.append("python has other conditions")
    hook = space.get("arb_hook")
    if hook is not None:
        data = {"model": "arb", "messages": [{"role": "user", "content": "hi"}]}
        asyncio.run(hook.async_pre_call_hook(None, None, data, "completion"))
        if data["metadata"]["arb"]["arb_policy"] != policy["id"]:
            faults.append("the hook stamps another policy")
    return faults

def check(path, text, policy):
    if path.endswith(".py"):
        return run(text, policy)
    if path.endswith(".toml"):
        keys = set(tomllib.loads(text)) - {"functions", "models"}
        return ["toml has the keys " + ", ".join(keys)] if keys else []
    if path.endswith(".yaml") and yaml is not None:
        documents = list(yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        known = {"model_list", "litellm_settings", "router_settings", "version", "listeners",
                 "providers", "routing", "apiVersion", "kind", "metadata", "spec"}
        keys = {str(key) for document in documents for key in document} - known
        return ["yaml has the keys " + ", ".join(keys)] if keys else []
    return []

for line in sys.stdin:
    question = json.loads(line)
    faults = []
    before = set(vars(builtins))
    for file in question["files"]:
        try:
            faults += check(file["path"], file["text"], question["policy"])
        except Exception as error:
            faults.append("%s: %s: %s" % (file["path"], type(error).__name__, error))
    if set(vars(builtins)) != before:
        faults.append("python ran what was data")
    print(json.dumps(faults), flush=True)
`;
