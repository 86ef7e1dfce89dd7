import { z } from 'zod';
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
import {
  type ConditionValue,
  heldTier,
  isRange,
  readClauses,
  readCondition,
} from './portkey-query.ts';
import { portkeyProviders } from './provider-names.ts';

/** A Portkey config, as far as it routes. */
interface Node {
  readonly name?: string | undefined;
  readonly provider?: string | undefined;
  readonly api_key?: string | undefined;
  readonly virtual_key?: string | undefined;
  readonly custom_host?: string | undefined;
  readonly weight?: number | undefined;
  readonly request_timeout?: number | undefined;
  readonly retry?: { attempts: number; on_status_codes?: number[] | undefined } | undefined;
  readonly override_params?: Record<string, unknown> | undefined;
  readonly strategy?:
    | {
        mode: string;
        on_status_codes?: number[] | undefined;
        conditions?: { query: Record<string, unknown>; then: string }[] | undefined;
        default?: string | undefined;
      }
    | undefined;
  readonly targets?: Node[] | undefined;
}

const node: z.ZodType<Node> = z.looseObject({
  name: z.string().optional(),
  provider: z.string().optional(),
  api_key: z.string().optional(),
  virtual_key: z.string().optional(),
  custom_host: z.string().optional(),
  weight: z.number().min(0).optional(),
  request_timeout: z.number().optional(),
  retry: z
    .looseObject({ attempts: z.number(), on_status_codes: z.array(z.number()).optional() })
    .optional(),
  override_params: z.record(z.string(), z.unknown()).optional(),
  strategy: z
    .looseObject({
      mode: z.enum(['single', 'loadbalance', 'fallback', 'conditional']),
      on_status_codes: z.array(z.number()).optional(),
      conditions: z
        // biome-ignore lint/suspicious/noThenProperty: this is Portkey's word for where it leads
        .array(z.looseObject({ query: z.record(z.string(), z.unknown()), then: z.string() }))
        .optional(),
      default: z.string().optional(),
    })
    .optional(),
  get targets() {
    return z.array(node).optional();
  },
});

/** Reads a Portkey config back as a policy. @throws UsageError where it is none. */
export function importPortkey(text: string, options: RoutingSource): ImportResult {
  const { file } = options;
  try {
    JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file}:1: not JSON (${(error as Error).message}). Give the config.`);
  }
  // JSON is YAML, and this reader has limits and line numbers.
  return new Reading().read(readYaml(text, file).parse(node), options);
}

type RuleDraft = PolicyDraft['rules'][number];
type When = Record<string, ConditionValue>;

/** The targets met so far, and what could not be said. */
class Reading {
  readonly #targets = new Targets();
  readonly #unread: string[] = [];
  readonly #codes = new Set<number>();
  #sticky = false;
  #retry: Node['retry'];

  read(root: Node, options: RoutingSource): ImportResult {
    this.#name(root, '');
    const rules = root.strategy?.mode === 'conditional' ? this.#rules(root) : [];
    const last = rules.length > 0 ? [] : [this.#rule('otherwise', root, {})];
    const retry = root.retry ?? this.#retry;
    const draft: PolicyDraft = {
      status: 'keep-current',
      features: { input_tokens: { bytes_per_token: 4 } },
      ...(this.#sticky && { sticky: 'session' }),
      targets: this.#targets.toRecord(),
      on_failure: {
        ...(retry?.attempts && {
          retry: {
            max: Math.max(0, Math.round(retry.attempts)),
            on: readFailures(retry.on_status_codes ?? DEFAULT_RETRY),
          },
        }),
        fallback_on: readFailures([...this.#codes]),
      },
      rules: distinctNames([...rules, ...last]),
    };
    return finishImport(draft, this.#unread, options);
  }

  /** Names whatever in the tree of targets is not read. */
  #name({ strategy, targets, ...own }: Node, where: string): void {
    this.#unread.push(
      ...listUnread(where, own, knownKeys),
      ...listUnread(`${where}strategy.`, strategy, knownStrategyKeys),
    );
    for (const [at, target] of (targets ?? []).entries()) {
      this.#name(target, `${where}${target.name ?? `targets[${at}]`}: `);
    }
  }

  #rules(root: Node): RuleDraft[] {
    const targets = new Map((root.targets ?? []).map((target) => [target.name ?? '', target]));
    const find = (name: string) => {
      const found = targets.get(name);
      if (!found) throw new UsageError(`no target is named ${name}. Correct the config's "then".`);
      return found;
    };
    const { conditions = [], default: fallback } = root.strategy ?? {};
    const rules = conditions.flatMap(({ query, then }) => {
      const tier = heldTier(query);
      if (tier !== undefined && tier === then) {
        this.#sticky = true;
        return [];
      }
      const when = this.#when(query);
      // A condition that cannot be said is left out with its rule: a wider rule would take more.
      return when ? [this.#rule(then, find(then), when)] : [];
    });
    if (fallback === undefined) throw new UsageError('the conditional strategy has no default.');
    return [...rules, this.#rule(lastName(fallback, rules), find(fallback), {})];
  }

  #rule(name: string, at: Node, when: When): RuleDraft {
    const chain = at.strategy?.mode === 'fallback' ? (at.targets ?? []) : [at];
    if (at.strategy?.mode === 'fallback') {
      for (const code of at.strategy.on_status_codes ?? ANY) this.#codes.add(code);
    }
    const [first, ...rest] = chain;
    const timeout = at.request_timeout ?? first?.request_timeout;
    return {
      name,
      ...(Object.keys(when).length > 0 && { when: when as NonNullable<RuleDraft['when']> }),
      ...this.#primary(first ?? at),
      fallback: rest.flatMap((step) => this.#leaf(step) ?? []),
      ...(timeout !== undefined && { timeouts: { attempt_ms: timeout } }),
    };
  }

  #primary(at: Node): Pick<RuleDraft, 'use' | 'split'> {
    const mode = at.strategy?.mode;
    if (mode === 'single' && at.targets?.[0]) return this.#primary(at.targets[0]);
    const session = at.targets?.find((target) => target.name === '(split)');
    if (mode === 'conditional' && session) {
      return { split: { by: 'session', to: this.#arms(session) } };
    }
    if (mode === 'loadbalance') {
      const to = this.#arms(at);
      const [only] = to;
      if (to.length > 1) return { split: { by: 'request', to } };
      return { use: only?.target ?? this.#first(at) };
    }
    if (mode !== undefined) this.#unread.push(`${at.name ?? mode}: a ${mode} inside a rule`);
    return { use: this.#first(at) };
  }

  /** The first target under a node, where nothing else can be said of it. */
  #first(at: Node): string {
    let node = at;
    while (node.strategy && node.targets?.[0]) node = node.targets[0];
    return this.#leaf({ ...node, strategy: undefined }) ?? '';
  }

  /** A weight of 0 stops the traffic to a target. */
  #arms(at: Node): { target: string; weight: number }[] {
    const arms = (at.targets ?? []).filter(({ weight = 1 }) => weight > 0);
    if (arms.length === 0) this.#unread.push(`${at.name ?? 'loadbalance'}: every weight is 0`);
    return arms.flatMap((arm) => {
      const target = this.#leaf(arm);
      return target === undefined ? [] : [{ target, weight: arm.weight ?? 1 }];
    });
  }

  /** The name of the target that a leaf is; a nested strategy has none. */
  #leaf(at: Node): string | undefined {
    if (at.strategy) {
      this.#unread.push(`${at.name ?? at.strategy.mode}: a ${at.strategy.mode} inside a chain`);
      return undefined;
    }
    this.#retry ??= at.retry;
    const model = at.override_params?.model;
    const { model: _, ...set } = at.override_params ?? {};
    const where = at.name ?? at.provider ?? at.virtual_key ?? 'a target';
    const env = /^\$(.+)$/.exec(at.api_key ?? '')?.[1];
    const { address, keyEnv } = readReach(
      where,
      { address: at.custom_host, keyEnv: env },
      this.#unread,
    );
    if (at.provider === undefined && at.virtual_key !== undefined) {
      this.#unread.push(`${where}: which provider the virtual key stands for is not in the file`);
    }
    const target = {
      ...readProvider(portkeyProviders, at.provider ?? 'openai', address),
      ...(typeof model === 'string' && { model }),
      ...(keyEnv !== undefined && { api_key_env: keyEnv }),
      ...(Object.keys(set).length > 0 && { params: { set } }),
    };
    const name = at.name ?? `${at.provider ?? at.virtual_key}/${model ?? 'asked'}`;
    return this.#targets.add(name, target);
  }

  #when(query: Record<string, unknown>): When | undefined {
    const clauses = readClauses(query);
    const when: When = Object.create(null);
    for (const [key, operator, value] of clauses) {
      const condition = readCondition(key, operator, value);
      const before = condition && when[condition.feature];
      if (!condition || (before !== undefined && !isRange(before))) {
        this.#unread.push(`a condition on ${key} with ${operator}`);
        return undefined;
      }
      when[condition.feature] = isRange(before)
        ? { ...before, ...(condition.want as object) }
        : condition.want;
    }
    return when;
  }
}

const knownKeys: ReadonlySet<string> = new Set([
  ...['name', 'provider', 'api_key', 'virtual_key', 'custom_host', 'weight', 'request_timeout'],
  ...['retry', 'override_params', '$schema', 'id', 'metadata'],
]);
const knownStrategyKeys: ReadonlySet<string> = new Set([
  ...['mode', 'on_status_codes', 'conditions', 'default'],
]);

/** What falls back on any failure, and what the gateway retries by itself. */
const ANY = [400, 408, 413, 429, 500];
const DEFAULT_RETRY = [429, 500, 502, 503, 504];

function lastName(name: string, rules: readonly RuleDraft[]): string {
  return rules.some((rule) => rule.name === name) ? `${name}, otherwise` : name;
}

type Failure = NonNullable<PolicyDraft['on_failure']>['fallback_on'][number];

function readFailures(codes: readonly number[]): Failure[] {
  const has = (...wanted: number[]) => wanted.some((code) => codes.includes(code));
  return [
    ...(has(429) ? (['rate-limited'] as const) : []),
    ...(has(500, 502, 504) ? (['server-error'] as const) : []),
    ...(has(408) ? (['timeout'] as const) : []),
    ...(has(500, 503) ? (['connect'] as const) : []),
    ...(has(413) ? (['context-overflow'] as const) : []),
    ...(has(400) ? (['bad-request'] as const) : []),
  ];
}
