/** What a process exit code says, the same for every command. */
export const exitCodes = {
  ok: 0,
  /** The answer is no: gate failed, floor infeasible, not certified. */
  no: 1,
  /** The user's input is at fault: command, config, workload. */
  input: 2,
  /** Stopped early by a budget, a deadline or a full disk; can be resumed. */
  stopped: 3,
  /** Too few requests to decide. */
  inconclusive: 4,
  /** The targets failed: the baseline, or all but one. */
  targets: 5,
  /** A bug in arb. */
  bug: 70,
  /** Interrupted, drained; can be resumed. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An error somebody can act on. The message has what, where and the next step. */
export abstract class ArbError extends Error {
  abstract readonly exitCode: ExitCode;
  override get name(): string {
    return this.constructor.name;
  }
}

/** The command line, arb.yaml or another file given by the user must change. */
export class UsageError extends ArbError {
  readonly exitCode = exitCodes.input;
}

/** A line of a workload or of an outcome table must change. */
export class WorkloadError extends ArbError {
  readonly exitCode = exitCodes.input;
  readonly file: string;
  readonly line: number;
  readonly what: string;

  constructor(place: { file: string; line: number }, what: string) {
    super(`${place.file}:${place.line}: ${what}`);
    this.file = place.file;
    this.line = place.line;
    this.what = what;
  }
}

/** What was measured cannot be written: the disk is full, or gone. What is on it can be resumed. */
export class StorageError extends ArbError {
  readonly exitCode = exitCodes.stopped;
}

/** No policy of the stated class meets the constraints. */
export class InfeasibleError extends ArbError {
  readonly exitCode = exitCodes.no;
}

/** The baseline, or all targets but one, gave no answers. */
export class TargetsError extends ArbError {
  readonly exitCode = exitCodes.targets;
}
