import { type Command, Option } from 'commander';
import type { DecisionRequest } from '../../index.ts';
import { appendValue, share } from '../terminal/option-parsers.ts';
import type { Shell } from '../terminal/shell.ts';

/** The options that `recommend` and `check` share, as parsed. */
export interface DecisionFlags extends Omit<DecisionRequest, 'runs' | 'env' | 'slos' | 'rivals'> {
  readonly slo?: readonly string[];
  readonly rival?: readonly string[];
}

/** What `recommend` and `check` are asked alike. */
export function addDecisionOptions(command: Command): Command {
  return command
    .option('--config <file>', 'the targets and constraints (default: arb.yaml if there)')
    .option(
      '--prices <list>',
      'price what was measured again by this list; see arb prices --help (default: as billed)',
    )
    .option(
      '--floor <floor>',
      'best-0.02, baseline-0.02 or a quality from 0 to 1 (default: quality.floor of arb.yaml, else best-0.02)',
    )
    .addOption(
      new Option(
        '--floor-by <unit>',
        'hold the floor for all requests, or for each kind of score or each task alone (default: all; kind where checks and judges both scored)',
      ).choices(['all', 'kind', 'task']),
    )
    .option(
      '--baseline <name>',
      'recorded, a target, or a routes.yaml (default: quality.baseline of arb.yaml, else the best single target)',
    )
    .option(
      '--slo <slo>',
      'p95=2000ms or ttft.p99=800ms; may be repeated (default: constraints.slo of arb.yaml)',
      appendValue,
    )
    .option('--alpha <p>', 'error of the certificate (default: 0.05)', share)
    .option(
      '--arm-loss <loss>',
      'the most quality that a certified share may lose by itself, 0 to 1 (default: 0.1, or twice the margin)',
      share,
    )
    .option(
      '--rival <routes>',
      'a policy to compare with; may be repeated (default: none)',
      appendValue,
    );
}

/** What every flag of `recommend` and `check` that has another name in the library stands for. */
export function toDecisionRequest(
  runs: readonly string[],
  { slo, rival }: Pick<DecisionFlags, 'slo' | 'rival'>,
  { env }: Shell,
): DecisionRequest {
  return { runs, env, ...(slo && { slos: slo }), ...(rival && { rivals: rival }) };
}
