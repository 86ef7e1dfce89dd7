import { parse } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { makePolicy, type PolicyDraft } from '../../policy/write.ts';
import { readProvider } from '../export/reach.ts';
import {
  addTarget,
  type ImportOptions,
  type ImportResult,
  type Targets,
} from '../import/importer.ts';
import { providerNames } from './provider-names.ts';

/** LiteLLM's configuration, as far as it routes. */
const deployment = z.looseObject({
  model_name: z.string(),
  litellm_params: z.looseObject({
    model: z.string(),
    api_key: z.string().nullish(),
    api_base: z.string().nullish(),
    weight: z.number().nullish(),
    order: z.number().nullish(),
    tags: z.array(z.string()).nullish(),
    timeout: z.number().nullish(),
    stream_timeout: z.number().nullish(),
    input_cost_per_token: z.number().nullish(),
    output_cost_per_token: z.number().nullish(),
  }),
  model_info: z
    .looseObject({ id: z.string().nullish(), max_input_tokens: z.number().nullish() })
    .nullish(),
});

const chains = z.array(z.record(z.string(), z.array(z.string()))).nullish();
const settings = z
  .looseObject({
    routing_strategy: z.string().nullish(),
    num_retries: z.number().nullish(),
    model_group_retry_policy: z
      .record(z.string(), z.record(z.string(), z.number().nullable()))
      .nullish(),
    fallbacks: chains,
    context_window_fallbacks: chains,
    enable_pre_call_checks: z.boolean().nullish(),
  })
  .nullish();

const file = z.looseObject({
  model_list: z.array(deployment).min(1),
  router_settings: settings,
  litellm_settings: settings,
});

type Deployment = z.infer<typeof deployment>;
type Config = z.infer<typeof file>;

/** Reads a configuration of LiteLLM back as a policy. @throws UsageError where it is none. */
export function importLitellm(text: string, options: ImportOptions): ImportResult {
  const config = parseInput(file, parse(text), options.file);
  const groups = [...new Set(config.model_list.map((one) => one.model_name))];
  const entry = options.entry ?? groups[0] ?? '';
  if (!groups.includes(entry)) {
    throw new UsageError(
      `${options.file}: no group is named ${entry}. Known groups: ${groups.join(', ')}.`,
    );
  }
  return new Reading(config).read(entry);
}

type RuleDraft = PolicyDraft['rules'][number];

/** The targets met so far, and what could not be said. */
class Reading {
  readonly #config: Config;
  readonly #targets: Targets = {};
  readonly #unread: string[] = [];

  constructor(config: Config) {
    this.#config = config;
    const strategy = config.router_settings?.routing_strategy ?? 'simple-shuffle';
    if (strategy !== 'simple-shuffle') {
      this.#unread.push(`routing_strategy ${strategy}: read as a split by weight`);
    }
  }

  read(entry: string): ImportResult {
    const bands = this.#bands(entry);
    const rules = bands.flatMap(({ group, gte, lt }) => this.#bandRules(group, { gte, lt }));
    const { retries } = this;
    const policy = makePolicy({
      status: 'keep-current',
      features: { input_tokens: { bytes_per_token: 4 } },
      targets: this.#targets,
      on_failure: {
        ...(retries(entry) > 0 && {
          retry: { max: retries(entry), on: ['rate-limited', 'server-error', 'timeout'] },
        }),
        fallback_on: [
          ...(['rate-limited', 'server-error', 'timeout', 'connect'] as const),
          ...(['context-overflow', 'bad-request', 'content-filter'] as const),
        ],
      },
      rules: closed(rules),
    });
    return { policy, unread: this.#unread };
  }

  readonly retries = (entry: string): number => {
    const { router_settings, litellm_settings } = this.#config;
    const own = router_settings?.model_group_retry_policy?.[entry]?.RateLimitErrorRetries;
    return own ?? router_settings?.num_retries ?? litellm_settings?.num_retries ?? 0;
  };

  /** The groups that a request is passed through until it fits, each with its range of tokens. */
  #bands(entry: string): { group: string; gte: number; lt?: number }[] {
    const found: { group: string; gte: number; lt?: number }[] = [];
    let group: string | undefined = entry;
    let gte = 0;
    while (group !== undefined && !found.some((band) => band.group === group)) {
      const bound: number | undefined = this.#bound(group);
      const next: string | undefined = this.#chain('context_window_fallbacks', group)[0];
      if (bound === undefined || next === undefined) {
        found.push({ group, gte });
        break;
      }
      found.push({ group, gte, lt: bound + 1 });
      gte = bound + 1;
      group = next;
    }
    if (found.length > 1) this.#unread.push('token bounds are counted by LiteLLM, not bytes / 4');
    return found;
  }

  #bound(group: string): number | undefined {
    const { router_settings, litellm_settings } = this.#config;
    const checked =
      router_settings?.enable_pre_call_checks ?? litellm_settings?.enable_pre_call_checks;
    if (!checked) return undefined;
    const bounds = this.#members(group).map((one) => one.model_info?.max_input_tokens ?? Infinity);
    const least = Math.max(...bounds);
    return Number.isFinite(least) ? least : undefined;
  }

  #members(group: string): Deployment[] {
    return this.#config.model_list.filter((one) => one.model_name === group);
  }

  #chain(kind: 'fallbacks' | 'context_window_fallbacks', group: string): string[] {
    const { router_settings, litellm_settings } = this.#config;
    const maps = [...(router_settings?.[kind] ?? []), ...(litellm_settings?.[kind] ?? [])];
    return maps.flatMap((map) => map[group] ?? []);
  }

  /** One rule for each set of deployments with the same tags; those of `default` take the rest. */
  #bandRules(group: string, range: { gte: number; lt: number | undefined }): RuleDraft[] {
    const cells = Map.groupBy(this.#members(group), (one) => readTags(one).join());
    const ordered = [...cells.values()].sort((a, b) => Number(isRest(a)) - Number(isRest(b)));
    return ordered.flatMap((members) => {
      const rest = isRest(members) || cells.size === 1;
      const conditions = rest ? [{}] : readTagConditions(members[0] ? readTags(members[0]) : []);
      return conditions.map((tagged, index) => {
        const when = { ...tagged, ...tokens(range) };
        const name = nameRule(group, members, cells.size > 1);
        return {
          name: conditions.length > 1 ? `${name} ${index + 1}` : name,
          ...(Object.keys(when).length > 0 && { when }),
          ...this.#route(group, members),
        } as RuleDraft;
      });
    });
  }

  #route(group: string, members: readonly Deployment[]): Omit<RuleDraft, 'name' | 'when'> {
    const levels = [...Map.groupBy(members, (one) => one.litellm_params.order ?? 1)]
      .sort(([a], [b]) => a - b)
      .map(([, level]) => level);
    const [first = [], ...next] = levels;
    const names = first.map((one) => this.#target(one));
    const weighted = first.some((one) => one.litellm_params.weight != null);
    const to = first.map((one, index) => ({
      target: names[index] as string,
      weight: one.litellm_params.weight ?? (weighted ? 0 : 1),
    }));
    const arms = to.filter(({ weight }) => weight > 0);
    const { timeout, stream_timeout } = first[0]?.litellm_params ?? {};
    const chain = [
      ...next.flat(),
      ...this.#chain('fallbacks', group).flatMap((name) => this.#head(name)),
    ];
    return {
      ...(arms.length > 1
        ? { split: { by: 'request' as const, to: arms } }
        : { use: arms[0]?.target ?? names[0] ?? '' }),
      fallback: chain.map((one) => this.#target(one)),
      ...((timeout ?? stream_timeout) != null && {
        timeouts: {
          ...(timeout != null && { attempt_ms: timeout * 1_000 }),
          ...(stream_timeout != null && { first_token_ms: stream_timeout * 1_000 }),
        },
      }),
    };
  }

  /** A chain names groups; a target of a policy is one deployment, so the heaviest stands for all. */
  #head(group: string): Deployment[] {
    const members = this.#members(group);
    if (members.length > 1) {
      this.#unread.push(`fallback to ${group}: it has ${members.length} deployments, one is read`);
    }
    const heavy = members.toSorted(
      (a, b) => (b.litellm_params.weight ?? 0) - (a.litellm_params.weight ?? 0),
    );
    return heavy.slice(0, 1);
  }

  #target({ litellm_params: params, model_name, model_info }: Deployment): string {
    const [provider = 'openai', ...model] = params.model.split('/');
    const env = /^os\.environ\/(.+)$/.exec(params.api_key ?? '')?.[1];
    const target = {
      ...(model.length > 0
        ? readProvider(providerNames, provider, params.api_base ?? undefined)
        : readProvider(providerNames, 'openai', params.api_base ?? undefined)),
      model: model.length > 0 ? model.join('/') : provider,
      ...(env !== undefined && { api_key_env: env }),
      ...(params.input_cost_per_token != null &&
        params.output_cost_per_token != null && {
          price: {
            input: perMillion(params.input_cost_per_token),
            output: perMillion(params.output_cost_per_token),
          },
        }),
    };
    const wanted = model_info?.id?.split(' > ').at(-1) ?? `${model_name}: ${params.model}`;
    return addTarget(this.#targets, wanted, target);
  }
}

const perMillion = (price: number) => Number((price * 1e6).toPrecision(12));

const readTags = (one: Deployment) => one.litellm_params.tags ?? [];

const isRest = (members: readonly Deployment[]) =>
  members.every((one) => readTags(one).length === 0 || readTags(one).includes('default'));

function tokens({ gte, lt }: { gte: number; lt: number | undefined }): object {
  const range = { ...(gte > 0 && { gte }), ...(lt !== undefined && { lt }) };
  return Object.keys(range).length > 0 ? { input_tokens: range } : {};
}

/** `arb_task:x` is a task, `region:eu` is metadata, any other tag is the metadata key `tag`. */
function readTagConditions(tags: readonly string[]): Record<string, string[]>[] {
  const pairs = tags.map((tag) => {
    const [, key, value] = /^([^:]+):(.*)$/.exec(tag) ?? [];
    if (key === undefined || value === undefined) return ['metadata.tag', tag] as const;
    const feature = key.startsWith('arb_') ? key.slice('arb_'.length) : `metadata.${key}`;
    return [feature, decodeURIComponent(value)] as const;
  });
  return [...Map.groupBy(pairs, ([feature]) => feature)].map(([feature, all]) => ({
    [feature]: all.map(([, value]) => value),
  }));
}

function nameRule(group: string, members: readonly Deployment[], many: boolean): string {
  const [first] = members;
  const own = first?.model_info?.id?.split(' > ');
  if (own && own.length > 1) return `${own[1]} (${group})`;
  return many && first && readTags(first).length > 0 ? `${group} ${readTags(first).join()}` : group;
}

/** The last rule takes what is left: what no band or tag takes goes where it says. */
function closed(rules: readonly RuleDraft[]): RuleDraft[] {
  const last = rules.at(-1);
  if (!last) return [];
  const { when: _, ...open } = last;
  return [...rules.slice(0, -1), open];
}
