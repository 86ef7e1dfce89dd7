import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { priceSheet } from '../../price/price-sheet.ts';
import { presetsByName } from '../../provider/target/presets.ts';
import { resolveTarget } from '../../provider/target/resolve-target.ts';
import { targetConfigSchema } from '../../provider/target/target-config.ts';
import { writeAtomic } from '../../store/file/atomic.ts';
import type { CommandContext, Env } from '../context.ts';

/** A provider whose key is there, and a model to begin with. */
interface Starter {
  readonly name: string;
  readonly model: string;
  readonly variable: string;
}

/** A key that is there and says too little for a target: what the target would be. */
interface Unused {
  readonly variable: string;
  readonly target: string;
}

/** What was written. */
export interface Initialised {
  readonly file: string;
  /** Providers whose keys are in the environment; a target was written for each. */
  readonly providers: readonly string[];
  /** Variables of keys that a target cannot be made of; each has its line as a comment. */
  readonly unused: readonly string[];
}

/** Keys of providers that arb reaches by another name than their own. */
const byOtherNames: readonly Unused[] = [
  {
    variable: 'AWS_ACCESS_KEY_ID',
    target:
      'bedrock: {provider: openai-compatible, base_url: "https://bedrock-runtime.REGION.amazonaws.com/openai/v1", api_key_env: AWS_BEARER_TOKEN_BEDROCK, model: MODEL, price: {input: USD, output: USD}}  # a Bedrock API key: arb does not sign requests',
  },
  {
    variable: 'COHERE_API_KEY',
    target:
      'cohere: {provider: openai-compatible, base_url: "https://api.cohere.ai/compatibility/v1", api_key_env: COHERE_API_KEY, model: MODEL, price: {input: USD, output: USD}}',
  },
];

/**
 * Writes a commented arb.yaml with a target for each provider whose key is in the environment, and the
 * schema beside it where the package is not installed in that folder; or `text` where it is given.
 *
 * @throws UsageError where the file is there already.
 */
export function init(
  file: string,
  { env, now }: Pick<CommandContext, 'env' | 'now'>,
  text?: string,
): Initialised {
  if (existsSync(file)) {
    throw new UsageError(`${file}: is there already. Move it away, or give another --out.`);
  }
  const starters = text === undefined ? findStarters(env) : [];
  const unused = text === undefined ? findUnused(env) : [];
  const schema = layOutSchema(dirname(file));
  const given = text && `# yaml-language-server: $schema=${schema}\n${text}`;
  writeAtomic(file, given ?? template({ starters, unused, schema }, now()));
  return {
    file,
    providers: starters.map(({ name }) => name),
    unused: unused.map(({ variable }) => variable),
  };
}

/** The schema that an editor reads: the installed package's, else a copy beside the file. */
function layOutSchema(folder: string): string {
  const name = 'arb.v1.schema.json';
  const installed = `node_modules/arb/schemas/${name}`;
  if (existsSync(join(folder, installed))) return `./${installed}`;
  const own = join(import.meta.dirname, '..', '..', '..', 'schemas', name);
  writeAtomic(join(folder, name), readFileSync(own, 'utf8'));
  return `./${name}`;
}

const isSet = (env: Env, variable: string) => (env[variable] ?? '') !== '';

function findStarters(env: Env): Starter[] {
  return [...presetsByName].flatMap(([name, { starter: model, apiKeyEnv: variable }]) => {
    const ready = model !== undefined && variable !== undefined && isSet(env, variable);
    return ready ? [{ name, model, variable }] : [];
  });
}

function findUnused(env: Env): Unused[] {
  const presets = [...presetsByName].flatMap(
    ([name, { starter, apiKeyEnv: variable, baseUrlExample: address }]) => {
      if (starter !== undefined || variable === undefined) return [];
      const at = address === undefined ? '' : `, base_url: "${address}"`;
      return [{ variable, target: `${name}: {provider: ${name}${at}, model: MODEL}` }];
    },
  );
  return [...presets, ...byOtherNames].filter(({ variable }) => isSet(env, variable));
}

/** A budget needs a price; where the catalogue has none, bench asks for it. */
function toLine({ name, model, variable }: Starter, now: Date): string {
  const target = resolveTarget(name, targetConfigSchema.parse({ provider: name, model }));
  const known = priceSheet(target, now) !== undefined;
  const price = known ? '' : '; the catalogue has no price, add price: {input: USD, output: USD}';
  return `  ${name}: {provider: ${name}, model: ${model}}  # key: ${variable}${price}`;
}

interface Found {
  readonly starters: readonly Starter[];
  readonly unused: readonly Unused[];
  readonly schema: string;
}

function template({ starters, unused, schema }: Found, now: Date): string {
  const example =
    '  local: {provider: openai-compatible, base_url: "http://127.0.0.1:8080/v1", model: my-model, price: {input: 0, output: 0}}';
  const targets = starters.length > 0 ? starters.map((each) => toLine(each, now)) : [example];
  const others = unused.map(({ variable, target }) => `  # ${variable} is set: ${target}`);
  return `# What arb measures. An editor that knows the schema in the next line says every key.
# yaml-language-server: $schema=${schema}
# Keys are read from environment variables and never written anywhere. Prices are USD per million tokens.
targets:
  # A target is a model BY A ROUTE with parameters; the same model by two routes is two targets:
  # routed: {provider: openrouter, model: MODEL-THERE, same_as: NAME-OF-THE-FIRST}
${[...targets, ...others].join('\n')}
  # Judges score what no check can: of other makers than those they judge.
  # judge-a: {provider: mistral, model: mistral-large-latest, role: judge}

# load: {mode: closed, concurrency: 8}

# A hard cap: the worst case of a request is reserved before it is sent.
budget: {max_usd: 5}

# quality: {baseline: recorded, floor: baseline-0.02, judges: [judge-a]}

policy: {by: [task, input_tokens], max_thresholds: 1, max_targets: 4}
`;
}
