import { UsageError } from '../../errors.ts';
import type { MergeInto } from '../kit/gateway.ts';

/**
 * Puts arb's rules into a configuration of Bifrost. JSON keeps no comments; order and indentation
 * are kept.
 */
export function mergeBifrost(exported: string, { text }: Pick<MergeInto, 'text'>): string {
  const [theirs, ours] = [JSON.parse(text), JSON.parse(exported)] as [BifrostConfig, BifrostConfig];
  const { governance = {}, client = {}, providers = {} } = theirs;
  const mine = ({ id = '' }: { id?: string }) => id.startsWith('arb-');
  const foreign = Object.entries(providers).filter(([name]) => !name.startsWith('arb-'));
  // A provider that is there already keeps its keys and limits.
  const named = Object.entries(ours.providers ?? {});
  const added = [
    ...named.filter(([name]) => !name.startsWith('arb-') && !(name in providers)),
    ...named.filter(([name]) => name.startsWith('arb-')),
  ];
  const rules = (governance.routing_rules ?? []).filter((rule) => !mine(rule));
  const before = Math.min(...rules.map((rule) => rule.priority ?? 0), Infinity);
  if (before <= Math.max(...(ours.governance?.routing_rules ?? []).map((r) => r.priority ?? 0))) {
    throw new UsageError(
      `a routing rule of yours has priority ${before}, before the last of arb's. Give yours higher ` +
        'numbers, so that the order of all rules is yours to say.',
    );
  }
  const merged = {
    ...theirs,
    client: {
      ...client,
      logging_headers: [
        ...new Set([...(client.logging_headers ?? []), ...(ours.client?.logging_headers ?? [])]),
      ],
    },
    providers: { ...Object.fromEntries(foreign), ...Object.fromEntries(added) },
    governance: {
      ...governance,
      routing_rules: [...rules, ...(ours.governance?.routing_rules ?? [])],
      pricing_overrides: [
        ...(governance.pricing_overrides ?? []).filter((one) => !mine(one)),
        ...(ours.governance?.pricing_overrides ?? []),
      ],
    },
  };
  const indent = /\n( +|\t)"/.exec(text)?.[1] ?? '  ';
  return `${JSON.stringify(merged, null, indent)}\n`;
}

interface BifrostConfig {
  readonly client?: { readonly logging_headers?: readonly string[] };
  readonly providers?: Readonly<Record<string, object>>;
  readonly governance?: {
    readonly routing_rules?: readonly { readonly id?: string; readonly priority?: number }[];
    readonly pricing_overrides?: readonly { readonly id?: string }[];
  };
}
