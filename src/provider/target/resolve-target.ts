import { UsageError } from '../../errors.ts';
import { isLoopback } from '../../http/network/loopback.ts';
import type { Timeouts } from '../../http/response-handler.ts';
import { nearest } from '../../input.ts';
import { ms } from '../../units.ts';
import { inferMaker } from './makers.ts';
import { type Preset, presets, presetsByName } from './presets.ts';
import type { Target, TargetLimits, TargetParams } from './target.ts';
import type { RoutingConfig, TargetConfig, TargetDefaults } from './target-config.ts';

/**
 * Ten seconds reach any host that will answer; a reasoning model may think for two minutes before
 * its first token; ten minutes is what the providers' own clients allow for an answer.
 */
const defaultTimeouts = { connect: 10_000, firstToken: 120_000, attempt: 600_000 } as const;

const capabilities = ['tools', 'vision', 'json'] as const;

/**
 * Fills an entry of arb.yaml from its preset and the defaults.
 *
 * @throws UsageError naming the key under `targets:` that is missing, unknown or not allowed.
 */
export function resolveTarget(
  name: string,
  config: TargetConfig,
  defaults: TargetDefaults = {},
): Target {
  const where = `targets.${name}`;
  const preset = findPreset(config.provider, where);
  const baseUrl = resolveBaseUrl(config, preset, where);
  const apiKeyEnv =
    config.api_key_env ?? (isLoopback(new URL(baseUrl)) ? undefined : preset.apiKeyEnv);
  const auth = config.auth ?? (config.base_url ? preset.authElsewhere : undefined) ?? preset.auth;
  const catalogue = preset.catalogue;
  const { terms, data, price } = config;
  const cannot = capabilities.filter((each) => config.supports?.[each] === false);
  refuseSecrets(config, where);
  refuseReserved(config, where);
  return {
    name,
    provider: config.provider,
    model: config.model,
    maker: config.maker ?? preset.maker ?? inferMaker(config.model),
    via: config.via ?? (preset.serves === 'others' ? config.provider : 'direct'),
    ...(config.same_as !== undefined && { sameAs: config.same_as }),
    wire: config.wire ?? preset.wire,
    baseUrl,
    ...(apiKeyEnv && { apiKeyEnv }),
    ...(auth && { auth }),
    headers: inLowerCase(config.headers),
    params: resolveParams(config, preset, where),
    timeouts: resolveTimeouts(config, defaults),
    limits: resolveLimits(config, defaults),
    ...(price && { price: known(price) }),
    feePercent: config.fee_percent ?? 0,
    ...(config.usd_per_month !== undefined && { usdPerMonth: config.usd_per_month }),
    ...(catalogue && { catalogue }),
    regions: resolveRegions(config, preset),
    ...(config.context_tokens !== undefined && { contextTokens: config.context_tokens }),
    ...(cannot.length > 0 && { cannot }),
    role: config.role ?? 'candidate',
    ...(data?.classes && { dataClasses: data.classes }),
    ...((data?.zdr ?? config.routing?.zdr) && { zeroDataRetention: true }),
    ...(terms && { terms: known(terms) }),
    ...resolveFinishReasons(config, defaults),
  };
}

function findPreset(provider: string, where: string): Preset {
  const known = presetsByName.get(provider);
  if (known) return known;
  const near = nearest(provider, Object.keys(presets));
  const hint = near
    ? `did you mean "${near}"?`
    : `known: ${Object.keys(presets).join(', ')}; any other that speaks OpenAI's API is "openai-compatible" with a base_url.`;
  throw new UsageError(`${where}.provider: "${provider}" is not known; ${hint}`);
}

function resolveBaseUrl(config: TargetConfig, preset: Preset, where: string): string {
  const url = config.base_url ?? preset.baseUrl;
  if (url === undefined) {
    throw new UsageError(
      `${where}: provider "${config.provider}" needs a base_url, for example ${preset.baseUrlExample ?? 'http://127.0.0.1:8080/v1'}.`,
    );
  }
  const parsed = new URL(url);
  if (parsed.username || parsed.password) {
    throw new UsageError(
      `${where}.base_url: holds a user or password. Leave them out and name the variable of the key in api_key_env.`,
    );
  }
  return url.replace(/\/+$/, '');
}

/**
 * Names that hold a secret, or a part of one between signs: `x-auth`, `subscription-key`, `sig`, `code` of
 * Azure's functions; `author` and `keyword` do not.
 */
const secretName =
  /authorization|api[-_]?key|token|secret|passw|cookie|credential|signature|(?:^|[^a-z])(?:auth|key|pass|pwd|sig|code)(?:$|[^a-z])/i;

/** So that a header of the user's replaces arb's own of the same name. */
function inLowerCase(headers: TargetConfig['headers']): Record<string, string> {
  const entries = Object.entries(headers ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

function refuseSecrets({ headers, base_url }: TargetConfig, where: string): void {
  const header = Object.keys(headers ?? {}).find((each) => secretName.test(each));
  if (header) {
    throw new UsageError(
      `${where}.headers.${header}: keys do not belong in a file. Name the variable that holds it in api_key_env.`,
    );
  }
  const query = base_url ? [...new URL(base_url).searchParams.keys()] : [];
  const parameter = query.find((each) => secretName.test(each));
  if (parameter) {
    throw new UsageError(
      `${where}.base_url: "${parameter}" looks like a key. Name the variable that holds it in api_key_env.`,
    );
  }
}

const reserved = ['model', 'messages', 'stream', 'stream_options'];

function refuseReserved({ params }: TargetConfig, where: string): void {
  const touched = [
    ...Object.keys(params?.set ?? {}),
    ...(params?.drop ?? []),
    ...Object.entries(params?.rename ?? {}).flat(),
  ];
  const name = touched.find((each) => reserved.includes(each));
  if (name === undefined) return;
  const next = name === 'model' ? 'Set the target’s own "model".' : 'arb sets it itself.';
  throw new UsageError(`${where}.params: "${name}" cannot be changed there. ${next}`);
}

function resolveParams(config: TargetConfig, preset: Preset, where: string): TargetParams {
  const routing = config.routing && routingBody(config.routing);
  if (routing && config.provider !== 'openrouter') {
    throw new UsageError(
      `${where}.routing: only provider "openrouter" takes routing preferences; "${config.provider}" does not.`,
    );
  }
  return {
    set: {
      ...preset.params?.set,
      ...(routing && { provider: routing }),
      ...config.params?.set,
    },
    drop: config.params?.drop ?? [],
    rename: { ...preset.params?.rename, ...config.params?.rename },
  };
}

/** OpenRouter's `provider` object, by its own names. */
function routingBody({ max_price, ...rest }: RoutingConfig): Record<string, unknown> {
  return { ...known(rest), ...(max_price && { max_price: known(max_price) }) };
}

function resolveRegions({ region }: TargetConfig, preset: Preset): readonly string[] {
  if (region === undefined) return preset.regions ?? [];
  return typeof region === 'string' ? [region] : region;
}

/** What all targets accept, and this one besides. */
function resolveFinishReasons(config: TargetConfig, defaults: TargetDefaults) {
  const finishReasons = { ...defaults.finish_reasons, ...config.finish_reasons };
  return Object.keys(finishReasons).length > 0 ? { finishReasons } : {};
}

function resolveTimeouts(
  { timeouts }: TargetConfig,
  { timeouts: usual }: TargetDefaults,
): Timeouts {
  return {
    connect: ms(timeouts?.connect_ms ?? usual?.connect_ms ?? defaultTimeouts.connect),
    firstToken: ms(timeouts?.first_token_ms ?? usual?.first_token_ms ?? defaultTimeouts.firstToken),
    attempt: ms(timeouts?.attempt_ms ?? usual?.attempt_ms ?? defaultTimeouts.attempt),
  };
}

function resolveLimits({ limits }: TargetConfig, { limits: usual }: TargetDefaults): TargetLimits {
  const concurrency = limits?.concurrency ?? usual?.concurrency ?? undefined;
  const rpm = limits?.rpm ?? usual?.rpm ?? undefined;
  const tpm = limits?.tpm ?? usual?.tpm ?? undefined;
  const megabyte = 1_024 * 1_024;
  const bytes = limits?.answer_mb ?? usual?.answer_mb;
  const pieces = limits?.answer_pieces ?? usual?.answer_pieces;
  const response = limits?.response_mb ?? usual?.response_mb;
  const answer = {
    ...(bytes != null && { bytes: bytes * megabyte }),
    ...(pieces != null && { pieces }),
    ...(response != null && { responseBytes: response * megabyte }),
  };
  return {
    ...(Object.keys(answer).length > 0 && { answer }),
    ...(concurrency !== undefined && { concurrency }),
    ...(rpm !== undefined && { requestsPerMinute: rpm }),
    ...(tpm !== undefined && { tokensPerMinute: tpm }),
  };
}

/** The properties that have a value. */
type Known<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function known<T extends object>(value: T): Known<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined),
  ) as Known<T>;
}
