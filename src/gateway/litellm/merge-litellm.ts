import { parse } from 'yaml';
import { UsageError } from '../../errors.ts';
import { readYaml } from '../../policy/yaml.ts';
import { splice, type YamlChange } from '../edit/yaml-edit.ts';
import type { MergeInto } from '../kit/gateway.ts';

/** Puts arb's groups into a configuration of LiteLLM, by its text, so that the rest stays. */
export function mergeLitellm(exported: string, { text, path, entry }: Required<MergeInto>): string {
  const own = (name: unknown) => name === entry || String(name).startsWith(`${entry}/`);
  const config = parse(exported) as LitellmConfig;
  const theirs = readYaml(text, path).value as TheirConfig;
  const { context_window_fallbacks, model_group_retry_policy, max_fallbacks, ...router } =
    config.router_settings ?? {};
  const changes: YamlChange[] = [
    {
      kind: 'items',
      path: ['model_list'],
      owned: (item) => own((item as { model_name?: string }).model_name),
      values: config.model_list,
    },
    ...(hasHook(config) || text.includes(HOOK) ? [callbacks(config, theirs, path)] : []),
    ...Object.entries(router).map(
      ([key, value]): YamlChange => ({ kind: 'value', path: ['router_settings', key], value }),
    ),
    {
      kind: 'items',
      path: ['router_settings', 'context_window_fallbacks'],
      owned: (item) => Object.keys(item as object).some(own),
      values: context_window_fallbacks ?? [],
    },
    {
      kind: 'entries',
      path: ['router_settings', 'model_group_retry_policy'],
      owned: own,
      values: model_group_retry_policy ?? {},
    },
    ...enoughFallbacks(max_fallbacks, theirs),
  ];
  return changes.reduce((merged, change) => splice(merged, change, path), text);
}

interface LitellmConfig {
  readonly model_list: readonly object[];
  readonly litellm_settings?: { readonly callbacks?: string };
  readonly router_settings?: Readonly<Record<string, unknown>> & {
    readonly context_window_fallbacks?: readonly object[];
    readonly model_group_retry_policy?: Readonly<Record<string, unknown>>;
    readonly max_fallbacks?: number;
  };
}

/** What a user's file may say of the same. */
interface TheirConfig {
  readonly litellm_settings?: { readonly callbacks?: unknown } | null;
  readonly router_settings?: { readonly max_fallbacks?: number } | null;
}

const HOOK = 'arb_hook.arb_hook';
const hasHook = (config: LitellmConfig) => config.litellm_settings?.callbacks === HOOK;

/** The hook beside the callbacks that are there. */
function callbacks(config: LitellmConfig, theirs: TheirConfig, file: string): YamlChange {
  const now = theirs.litellm_settings?.callbacks;
  const values = hasHook(config) ? [HOOK] : [];
  if (now !== undefined && now !== null && !Array.isArray(now) && now !== HOOK) {
    throw new UsageError(
      `${file}: litellm_settings.callbacks is one name, ${JSON.stringify(now)}; write it as a list, one a ` +
        'line, so that the hook can stand beside it.',
    );
  }
  if (now === HOOK) return { kind: 'value', path: ['litellm_settings', 'callbacks'], value: HOOK };
  const owned = (item: unknown) => item === HOOK;
  return { kind: 'items', path: ['litellm_settings', 'callbacks'], owned, values };
}

/** LiteLLM's own default; more than is needed does no harm. */
const MAX_FALLBACKS = 5;

function enoughFallbacks(needed: number | undefined, theirs: TheirConfig): YamlChange[] {
  const now = theirs.router_settings?.max_fallbacks;
  if (needed === undefined || needed <= (now ?? MAX_FALLBACKS)) return [];
  return [{ kind: 'value', path: ['router_settings', 'max_fallbacks'], value: needed }];
}
