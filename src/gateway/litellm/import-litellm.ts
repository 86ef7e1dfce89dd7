import { UsageError } from '../../errors.ts';
import type { PolicyDraft } from '../../policy/write.ts';
import { readYaml } from '../../policy/yaml.ts';
import { readProvider } from '../export/reach.ts';
import {
  distinctNames,
  finishImport,
  type ImportResult,
  type RoutingSource,
  readReach,
  Targets,
} from '../import/importer.ts';
import { listUnread } from '../import/unread.ts';
import { type Deployment, type LitellmConfig, litellmConfig } from './litellm-config.ts';
import {
  knownParams,
  knownRouterSettings,
  knownSections,
  knownSettings,
  setParams,
} from './litellm-keys.ts';
import { litellmProviders } from './provider-names.ts';

/** Reads a configuration of LiteLLM back as a policy. @throws UsageError where it is none. */
export function importLitellm(text: string, options: RoutingSource): ImportResult {
  const config = readYaml(text, options.file).parse(litellmConfig);
  const groups = [...new Set(config.model_list.map((one) => one.model_name))];
  const alias = resolveAlias(config, options.entry);
  refuseOwnHook(config, groups, options);
  const entry = alias ?? options.entry ?? groups[0] ?? '';
  if (!groups.includes(entry)) {
    throw new UsageError(
      `${options.file}: no group is named ${entry}. Known groups: ${groups.join(', ')}.`,
    );
  }
  return new Reading(config).read(entry, options);
}

/** The group that callers of an alias reach; an entry may be one. */
function resolveAlias(
  { router_settings }: LitellmConfig,
  entry: string | undefined,
): string | undefined {
  const aliases = new Map(Object.entries(router_settings?.model_group_alias ?? {}));
  const to = entry === undefined ? undefined : aliases.get(entry);
  return typeof to === 'string' ? to : (to as { model?: string } | undefined)?.model;
}

/** The hook of an export of arb: what it routes is in the policy that it was exported from. */
const HOOK = 'arb_hook.arb_hook';

function hasOwnHook({ litellm_settings }: LitellmConfig): boolean {
  return [litellm_settings?.callbacks].flat().includes(HOOK);
}

function refuseOwnHook(
  config: LitellmConfig,
  groups: readonly string[],
  { file: name, entry }: RoutingSource,
): void {
  if (!hasOwnHook(config) || (entry !== undefined && groups.includes(entry))) return;
  throw new UsageError(
    `${name}: its callbacks have ${HOOK}, so requests are routed by the policy that this hook was ` +
      'exported from. Use that routes.yaml, or name one of the groups with --entry: ' +
      `${groups.join(', ')}.`,
  );
}

/** What of the proxy's own settings sends requests elsewhere, or limits them. */
function listRouting(settings: unknown): string[] {
  const keys = [
    'completion_model',
    'max_parallel_requests',
    'global_max_parallel_requests',
    'pass_through_endpoints',
  ];
  const given = new Map(Object.entries(Object(settings)));
  return keys
    .filter((key) => given.get(key) != null)
    .map((key) => `general_settings.${key} is not read`);
}

type RuleDraft = PolicyDraft['rules'][number];

/** The targets met so far, and what could not be said. */
class Reading {
  readonly #config: LitellmConfig;
  readonly #targets = new Targets();
  readonly #unread: string[] = [];
  readonly #reached = new Set<string>();

  constructor(config: LitellmConfig) {
    this.#config = config;
    const { router_settings: router, litellm_settings: settings } = config;
    const strategy = router?.routing_strategy ?? 'simple-shuffle';
    if (strategy !== 'simple-shuffle') {
      this.#unread.push(`routing_strategy ${strategy}: read as a split by weight`);
    }
    if (hasOwnHook(config)) this.#unread.push(`what the hook ${HOOK} routes is not read`);
    for (const alias of Object.keys(router?.model_group_alias ?? {})) {
      this.#unread.push(`model_group_alias: requests for ${alias} are not in the policy`);
    }
    this.#unread.push(
      ...listUnread('', config, knownSections),
      ...listUnread('router_settings.', router, knownRouterSettings),
      ...listUnread('litellm_settings.', settings, knownSettings),
      ...listRouting(config.general_settings),
    );
  }

  read(entry: string, options: RoutingSource): ImportResult {
    const bands = this.#bands(entry);
    const rules = bands.flatMap(({ group, gte, lt }) => this.#bandRules(group, { gte, lt }));
    this.#nameUnreached();
    const retries = this.#retries(entry);
    const draft: PolicyDraft = {
      status: 'keep-current',
      features: { input_tokens: { bytes_per_token: 4 } },
      targets: this.#targets.toRecord(),
      on_failure: {
        ...(retries > 0 && {
          retry: { max: retries, on: ['rate-limited', 'server-error', 'timeout'] },
        }),
        fallback_on: [
          ...(['rate-limited', 'server-error', 'timeout', 'connect'] as const),
          ...(['context-overflow', 'bad-request', 'content-filter'] as const),
        ],
      },
      rules: distinctNames(closed(rules)),
    };
    return finishImport(draft, this.#unread, options);
  }

  #retries(entry: string): number {
    const { router_settings, litellm_settings } = this.#config;
    const groups = new Map(Object.entries(router_settings?.model_group_retry_policy ?? {}));
    const own = groups.get(entry)?.RateLimitErrorRetries;
    const said = own ?? router_settings?.num_retries ?? litellm_settings?.num_retries ?? 0;
    return Math.max(0, Math.round(said));
  }

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

  /** Groups that a client may ask for by name, and that the entry never comes to. */
  #nameUnreached(): void {
    const all = new Set(this.#config.model_list.map((one) => one.model_name));
    const others = [...all].filter((group) => !this.#reached.has(group));
    if (others.length === 0) return;
    this.#unread.push(
      `requests for ${others.slice(0, 5).join(', ')}${others.length > 5 ? ` and ${others.length - 5} more` : ''} are not in the policy: --entry names the one to read`,
    );
  }

  #members(group: string): Deployment[] {
    this.#reached.add(group);
    return this.#config.model_list.filter((one) => one.model_name === group);
  }

  /** The groups after a group: its own list, else that of all groups. */
  #chain(kind: 'fallbacks' | 'context_window_fallbacks', group: string): string[] {
    const { router_settings: router, litellm_settings: settings } = this.#config;
    const maps = [...(router?.[kind] ?? []), ...(settings?.[kind] ?? [])].map(
      (map) => new Map(Object.entries(map)),
    );
    const listed = (name: string) => maps.flatMap((map) => map.get(name) ?? []);
    const own = listed(group);
    if (own.length > 0) return own;
    const general =
      kind === 'fallbacks' ? (router?.default_fallbacks ?? settings?.default_fallbacks ?? []) : [];
    return [...listed('*'), ...general].filter((name) => name !== group);
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
        const name = nameRule(group, members, cells.size);
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
    const arms = this.#arms(group, first);
    const [only] = arms;
    const { timeout, stream_timeout } = first[0]?.litellm_params ?? {};
    const attempt = seconds(timeout ?? this.#config.router_settings?.timeout);
    const stream = seconds(stream_timeout);
    const groups = this.#chain('fallbacks', group);
    const most = this.#config.router_settings?.max_fallbacks;
    if (most != null && most < groups.length) {
      this.#unread.push(`max_fallbacks ${most}: the chain of ${group} is longer`);
    }
    const chain = [...next.flat(), ...groups.flatMap((name) => this.#head(name))];
    return {
      ...(arms.length > 1
        ? { split: { by: 'request' as const, to: arms } }
        : { use: only?.target ?? '' }),
      fallback: chain.map((one) => this.#target(one)),
      ...((attempt ?? stream) !== undefined && {
        timeouts: {
          ...(attempt !== undefined && { attempt_ms: attempt }),
          ...(stream !== undefined && { first_token_ms: stream }),
        },
      }),
    };
  }

  /**
   * Its shuffle draws by weight, else by rpm, else by tpm, whichever the first deployment has; what
   * has none of it weighs nothing.
   */
  #arms(group: string, members: readonly Deployment[]): { target: string; weight: number }[] {
    const by = (['weight', 'rpm', 'tpm'] as const).find(
      (key) => members[0]?.litellm_params[key] != null,
    );
    if (by === 'rpm' || by === 'tpm') {
      this.#unread.push(`${by} of ${group}: read as weights, not as limits`);
    }
    const weights = members.map((one) => (by ? (one.litellm_params[by] ?? 0) : 1));
    const on = members.flatMap((one, at) => {
      const weight = weights[at] ?? 0;
      return weight > 0 ? [{ target: this.#target(one), weight }] : [];
    });
    const [first] = members;
    if (on.length > 0 || !first) return merged(on);
    this.#unread.push(`every weight of ${group} is 0: its first deployment is read`);
    return [{ target: this.#target(first), weight: 1 }];
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
    const where = `${model_name}: ${params.model}`;
    const env = /^os\.environ\/(.+)$/.exec(params.api_key ?? '')?.[1];
    const { address, keyEnv } = readReach(
      where,
      { address: params.api_base, keyEnv: env },
      this.#unread,
    );
    this.#unread.push(...listUnread(`${where}: `, params, knownParams));
    if (params.cooldown_time) this.#unread.push(`${where}: cooldown_time is not read`);
    const { input_cost_per_token: input, output_cost_per_token: output } = params;
    const set = Object.fromEntries(
      Object.entries(params).filter(([key, value]) => setParams.has(key) && value != null),
    );
    const target = {
      ...readProvider(litellmProviders, model.length > 0 ? provider : 'openai', address),
      model: model.length > 0 ? model.join('/') : provider,
      ...(keyEnv !== undefined && { api_key_env: keyEnv }),
      ...(Object.keys(set).length > 0 && { params: { set } }),
      ...(input != null &&
        output != null &&
        input >= 0 &&
        output >= 0 && { price: { input: perMillion(input), output: perMillion(output) } }),
    };
    const id = model_info?.id == null ? undefined : String(model_info.id).split(' > ').at(-1);
    return this.#targets.add(id ?? where, target);
  }
}

/** Seconds as milliseconds; a time that is none, or comes from the environment, is left out. */
function seconds(value: number | string | null | undefined): number | undefined {
  const ms = Number(value ?? Number.NaN) * 1_000;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** Two deployments may be the same target by now. */
function merged(arms: readonly { target: string; weight: number }[]) {
  const byTarget = new Map<string, number>();
  for (const { target, weight } of arms) {
    byTarget.set(target, (byTarget.get(target) ?? 0) + weight);
  }
  return [...byTarget].map(([target, weight]) => ({ target, weight }));
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
    return [feature, unescaped(value)] as const;
  });
  return [...Map.groupBy(pairs, ([feature]) => feature)].map(([feature, all]) => ({
    [feature]: all.map(([, value]) => value),
  }));
}

/** A percent-encoded value as it was; one that is not encoded stands for itself. */
function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** `cells`: how many rules the group is split into by its tags. */
function nameRule(group: string, members: readonly Deployment[], cells: number): string {
  const [first] = members;
  const own = first?.model_info?.id == null ? undefined : String(first.model_info.id).split(' > ');
  if (own && own.length > 1) return `${own[1]} (${group})`;
  return cells > 1 && first && readTags(first).length > 0
    ? `${group} ${readTags(first).join()}`
    : group;
}

/** The last rule takes what is left: what no band or tag takes goes where it says. */
function closed(rules: readonly RuleDraft[]): RuleDraft[] {
  const last = rules.at(-1);
  if (!last) return [];
  const { when: _, ...open } = last;
  return [...rules.slice(0, -1), open];
}
