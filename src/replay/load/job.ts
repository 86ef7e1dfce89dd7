import type { Ms } from '../../units.ts';
import type { ChatBody } from '../../workload/request.ts';
import type { Prepared } from './prepare.ts';

/** A request and the targets it still has to be asked of. */
export interface Job {
  readonly id: string;
  readonly content: JobContent;
  /** When it was recorded, where that is known. */
  readonly at?: Ms;
  readonly session?: string;
  readonly pass: number;
  /** Indexes into the plan's targets. */
  readonly targets: readonly number[];
}

/** What is asked. */
export type JobContent =
  /** Encoded already, once for each entry of the job's `targets`. */
  | { readonly kind: 'prepared'; readonly requests: readonly Prepared[] }
  /** Encoded when it is sent, as the load changes it until then; parsed when it is first needed. */
  | { readonly kind: 'body'; body(): ChatBody };
