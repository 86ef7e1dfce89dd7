import type { Night } from '../../../compare/night.ts';
import type { ExitCode } from '../../../errors.ts';
import type { BenchEvent } from '../../measure/bench/bench-event.ts';

/** What a night yields; `night` is last. */
export type NightEvent =
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'bench'; readonly event: BenchEvent }
  | {
      readonly kind: 'night';
      /** Not there after a dry run. */
      readonly dir: string;
      readonly night: Night;
      readonly exitCode: ExitCode;
    };
