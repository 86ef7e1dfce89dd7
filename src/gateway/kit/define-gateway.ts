import { UsageError } from '../../errors.ts';
import { carrierFiles } from '../carrier/carrier-files.ts';
import type { ExportResult } from '../export/exporter.ts';
import type { LossRow } from '../export/loss.ts';
import { makePlan } from '../export/make-plan.ts';
import type { ExportPlan } from '../export/plan.ts';
import { type Gateway, isLack } from './gateway.ts';

/** What a gateway's file makes of a plan. */
export interface Built extends Pick<ExportResult, 'files' | 'loss' | 'notes'> {
  /** The policy that the gateway follows, where it is another one. */
  readonly effective?: ExportResult['effective'];
}

/** A gateway as its folder writes it: `build` is what is particular to its export. */
export interface GatewayParts extends Omit<Gateway, 'export'> {
  readonly build: (plan: ExportPlan) => Built;
}

/** A gateway, with the checks that all exports share around its own. */
export function defineGateway({ build, ...parts }: GatewayParts): Gateway {
  const { name, carrier, counter } = parts;
  return {
    ...parts,
    export(policy, { allowLoss = false, bindings = {}, entry = 'arb' } = {}) {
      const { files, loss, notes, effective } = build(makePlan(policy, { bindings, entry }));
      if (!allowLoss) refuseSilentLoss(name, loss);
      const carried = loss.some((row) => row.how === 'emulated')
        ? carrierFiles(policy, carrier)
        : [];
      return {
        effective: effective ?? policy,
        counter: isLack(counter) ? 'arb' : counter.name,
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
