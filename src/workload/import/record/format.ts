/** One request as a workload line is written: the names of the file, absent where not known. */
export interface ImportedLine {
  readonly id?: string;
  /** Milliseconds since the epoch (UTC): logs of several days stay in order; replay starts at the earliest. */
  readonly at_ms?: number;
  readonly task?: string;
  readonly session?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  /** A chat-completions body without `model` and `stream`. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly expect?: readonly unknown[];
  readonly recorded?: ImportedRecord;
}

/** What the log says was answered. */
export interface ImportedRecord {
  /** The model that served, else the one that was asked for. */
  readonly target?: string;
  readonly answer?: string;
  readonly tool_calls?: readonly RecordedCall[];
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly latency_ms?: number;
  readonly ttft_ms?: number;
  readonly cost_usd?: number;
}

/** A tool that was called; `arguments` is JSON text. */
export interface RecordedCall {
  readonly name: string;
  readonly arguments: string;
}

/** One row of an outcomes table, for logs that already hold scores. */
export interface ImportedOutcome {
  readonly request_id: string;
  readonly target: string;
  readonly task?: string;
  readonly status: 'ok' | 'failed';
  readonly cost_usd?: number;
  readonly quality?: number;
  readonly quality_kind?: 'check';
  readonly latency_ms?: number;
  readonly billed_input_tokens?: number;
  readonly output_tokens?: number;
}

/** Why a row of a log is not a request of the workload, in the words of the closing count. */
export type DropReason =
  | 'truncated'
  | 'cache hit'
  | 'failure'
  | 'no prompt'
  | 'duplicate'
  | 'other endpoint'
  | 'not readable'
  | 'grader error';

export type Imported =
  | { readonly state: 'request'; readonly line: ImportedLine }
  | { readonly state: 'outcome'; readonly row: ImportedOutcome }
  | Dropped;

/** A record that is not a request of the workload. */
export interface Dropped {
  readonly state: 'dropped';
  readonly reason: DropReason;
  readonly why?: string;
}

/** Reads the rows of one format, over all files of it; some formats need more than one row for a request. */
export interface LogReader {
  /** `value` is one record of the log. Yields nothing where it waits for others. */
  read(value: unknown): Iterable<Imported>;
  /** What was waiting when the last file ended. */
  end?(): Iterable<Imported>;
}

/** A log format that `arb import` knows. */
export interface LogFormat {
  /** In words, for messages: "LiteLLM spend logs". */
  readonly title: string;
  /** What it becomes. */
  readonly makes: 'workload' | 'outcomes';
  /**
   * Whether a record is of this format, from 0 (no) to 1 (by fields that no other format has).
   * The format with the largest mean over the first records is taken.
   */
  recognise(value: unknown): number;
  createReader(): LogReader;
}
