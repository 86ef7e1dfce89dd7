import { UsageError } from '../../errors.ts';
import type { MergeInto } from '../kit/gateway.ts';

/**
 * Puts arb's rules into a configuration of Bifrost. JSON keeps no comments; order and indentation
 * are kept.
 */
export function mergeBifrost(exported: string, { text, path }: Required<MergeInto>): string {
  refuseLossy(text, path);
  const [theirs, ours] = [JSON.parse(text), JSON.parse(exported)] as [BifrostConfig, BifrostConfig];
  const { governance = {}, client = {}, providers = {} } = theirs;
  const mine = ({ id = '' }: { id?: string }) => id.startsWith('arb-');
  const foreign = Object.entries(providers).filter(([name]) => !name.startsWith('arb-'));
  // A provider that is there already keeps its keys and limits.
  const named = Object.entries(ours.providers ?? {});
  const added = [
    ...named.filter(([name]) => !name.startsWith('arb-') && !Object.hasOwn(providers, name)),
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

/** @throws UsageError where the text would not come back as it is: it is parsed and written anew. */
function refuseLossy(text: string, path: string): void {
  let written: string;
  try {
    written = JSON.stringify(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`${path}: not JSON (${(error as Error).message}). Correct it first.`);
  }
  const compact = text.replaceAll(
    /("(?:[^"\\]|\\.)*")|\s+/g,
    (_, string: string | undefined) => string ?? '',
  );
  let at = 0;
  while (at < compact.length && compact[at] === written[at]) at++;
  if (at === compact.length && at === written.length) return;
  const near = compact.slice(Math.max(0, at - 20), at + 20);
  throw new UsageError(
    `${path}: JSON that is written anew would change near ${JSON.stringify(near)} (a number's ` +
      'form, an escape, a key that stands twice). Write it plainly, and merge again.',
  );
}

interface BifrostConfig {
  readonly client?: { readonly logging_headers?: readonly string[] };
  readonly providers?: Readonly<Record<string, object>>;
  readonly governance?: {
    readonly routing_rules?: readonly { readonly id?: string; readonly priority?: number }[];
    readonly pricing_overrides?: readonly { readonly id?: string }[];
  };
}
