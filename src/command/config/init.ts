import { existsSync } from 'node:fs';
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

/** What was written. */
export interface Initialised {
  readonly file: string;
  /** Providers whose keys are in the environment; a target was written for each. */
  readonly providers: readonly string[];
}

/**
 * Writes a commented arb.yaml with a target for each provider whose key is in the environment.
 *
 * @throws UsageError where the file is there already.
 */
export function init(file: string, { env, now }: Pick<CommandContext, 'env' | 'now'>): Initialised {
  if (existsSync(file)) {
    throw new UsageError(`${file}: is there already. Move it away, or give another --out.`);
  }
  const starters = providersWithKeys(env);
  writeAtomic(file, template(starters, now()));
  return { file, providers: starters.map(({ name }) => name) };
}

function providersWithKeys(env: Env): Starter[] {
  return [...presetsByName].flatMap(([name, { starter: model, apiKeyEnv: variable }]) => {
    const ready = model !== undefined && variable !== undefined && (env[variable] ?? '') !== '';
    return ready ? [{ name, model, variable }] : [];
  });
}

/** A budget needs a price; where the catalogue has none, the user has to say it. */
function toPriceText({ name, model }: Starter, now: Date): string {
  const target = resolveTarget(name, targetConfigSchema.parse({ provider: name, model }));
  return priceSheet(target, now) ? '' : ', price: {input: 1, output: 1}';
}

function template(found: readonly Starter[], now: Date): string {
  const targets = found.map(
    (starter) =>
      `  ${starter.name}: {provider: ${starter.name}, model: ${starter.model}${toPriceText(starter, now)}}  # key: ${starter.variable}`,
  );
  const example =
    '  local: {provider: openai-compatible, base_url: "http://127.0.0.1:8080/v1", model: my-model, price: {input: 0, output: 0}}';
  return `# What arb measures.
# Keys are read from environment variables and never written anywhere.
targets:
  # A target is a model BY A ROUTE with parameters; the same model by two routes is two targets.
${(targets.length > 0 ? targets : [example]).join('\n')}

# load: {mode: closed, concurrency: 8}

# Where price: {input: 1, output: 1} stands, the catalogue has none: write what yours is.

# A hard cap: the worst case of a request is reserved before it is sent.
budget: {max_usd: 5}

# quality: {baseline: recorded, floor: baseline-0.02}

policy: {by: [task, input_tokens], max_thresholds: 1, max_targets: 4}
`;
}
