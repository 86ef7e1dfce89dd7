import type { Ms } from '../../units.ts';
import type { ChatBody } from '../../workload/request.ts';

/** A request and the targets it still has to be asked of. */
export interface Job {
  readonly id: string;
  /** What is asked; read when it is first needed, as those in line are many. */
  body(): ChatBody;
  /** When it was recorded, where that is known. */
  readonly at?: Ms;
  readonly session?: string;
  readonly pass: number;
  /** Indexes into the plan's targets. */
  readonly targets: readonly number[];
}
