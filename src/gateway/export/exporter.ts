import { UsageError } from '../../errors.ts';
import type { Policy } from '../../policy/policy.ts';
import { type CarrierOptions, carrierFiles } from '../carrier/carrier.ts';
import type { LossRow } from './loss.ts';
import { type Plan, planOf } from './plan.ts';

/** Turns a policy into one gateway's own configuration; the same policy gives the same bytes. */
export interface Exporter {
  readonly name: string;
  /** @throws UsageError where a target is a bare name, or routing would change silently. */
  export(policy: Policy, options?: ExportOptions): ExportResult;
}

export interface ExportOptions {
  /** Write the configuration although requests would land elsewhere; the loss says which. */
  readonly allowLoss?: boolean;
  readonly bindings?: Bindings;
  /** The model name that callers ask for where the gateway wants one; `arb` if not said. */
  readonly entry?: string;
}

/** Names that exist in the user's gateway already, by target of the policy. */
export type Bindings = Readonly<Record<string, Binding>>;

export interface Binding {
  /** The existing group, slug, virtual key or backend that stands for the target. */
  readonly use?: string;
  /** The environment variable that holds this gateway's key, where it is another one. */
  readonly api_key_env?: string;
}

export interface ExportResult {
  readonly files: readonly ExportedFile[];
  readonly loss: readonly LossRow[];
  /** What the user has to do with the files, one step each. */
  readonly notes: readonly string[];
  /** The policy that the gateway follows with these files: without what was dropped. */
  readonly effective: Policy;
  /** Who counts input tokens: arb's own count, or the gateway in its own way. */
  readonly counter: Counter;
}

export type Counter = 'arb' | 'litellm' | 'vllm-semantic-router';

export interface ExportedFile {
  readonly path: string;
  readonly text: string;
}

/** What a gateway's file makes of a plan. */
export interface Built extends Pick<ExportResult, 'files' | 'loss' | 'notes'> {
  readonly carrier?: Partial<CarrierOptions>;
  readonly effective?: Policy;
  readonly counter?: Counter;
}

/** An exporter: the checks that all gateways share, around what is particular to one. */
export function defineExporter(name: string, build: (plan: Plan) => Built): Exporter {
  return {
    name,
    export(policy, { allowLoss = false, bindings = {}, entry = 'arb' } = {}) {
      const { files, loss, notes, carrier, ...reads } = build(planOf(policy, { bindings, entry }));
      if (!allowLoss) refuseSilentLoss(name, loss);
      const carried = loss.some((row) => row.how === 'emulated')
        ? carrierFiles(policy, { mirror: 'none', draws: 'session', ...carrier })
        : [];
      return {
        effective: policy,
        counter: 'arb',
        ...reads,
        files: [...files, ...carried],
        loss,
        notes,
      };
    },
  };
}

/** @throws UsageError that names each loss by which requests would land elsewhere. */
function refuseSilentLoss(name: string, loss: readonly LossRow[]): void {
  const silent = loss.filter((row) => row.how === 'dropped' && row.changes === 'routing');
  if (silent.length === 0) return;
  const lines = silent.map((row) => `  ${row.rule}: ${row.feature}: ${row.note}`);
  throw new UsageError(
    `${name} cannot route as the policy says:\n${lines.join('\n')}\n` +
      'Export with --allow-loss to accept this, or choose another gateway.',
  );
}
