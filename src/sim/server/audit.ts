/**
 * One request as the simulator saw it: the truth of the money and of the instants, to be compared
 * with what arb says it measured. `*_epoch_ms` are milliseconds since 1970 with fractions, taken
 * from the monotonic clock (`performance.timeOrigin + performance.now()`).
 */
export interface AuditRow {
  readonly kind: 'request';
  readonly target: string;
  readonly path: string;
  /** The header `x-arb-request`, where the client sent it. */
  readonly client_request?: string;
  /** Id of the workload line with these messages. */
  readonly request_id?: string;
  /** Hash of the messages. */
  readonly content: string;
  readonly task?: string;
  /** From 1: how often this target was asked this content; 0 = turned away before that counted. */
  readonly attempt: number;
  readonly stream: boolean;
  /** `aborted`: the client left first. */
  readonly outcome: 'completed' | 'failed' | 'aborted';
  /** Which dialled failure it was. */
  readonly failure?: string;
  /** It failed because it was told to while the market ran, not by its dials. */
  readonly switched?: true;
  readonly http_status: number;
  readonly finish_reason?: string;
  /** Absent where the workload does not say what is right. */
  readonly right?: boolean;
  readonly billed_input_tokens: number;
  readonly cached_tokens: number;
  /** Reasoning included. */
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  /** What the provider's invoice says, fee included. */
  readonly billed_usd: number;
  /** `usage.cost` as sent. */
  readonly reported_usd?: number;
  /** Headers read. */
  readonly received_epoch_ms: number;
  readonly first_byte_epoch_ms?: number;
  /** Just before the write of each content, reasoning or tool-call chunk. */
  readonly chunk_epoch_ms: readonly number[];
  readonly ended_epoch_ms: number;
}

/** From here on these targets fail, because someone said so. */
export interface SwitchRow {
  readonly kind: 'failing';
  readonly at_epoch_ms: number;
  readonly failing: Readonly<Record<string, string>>;
  readonly others: 'as-dialled' | 'healthy';
}

/** First line of an audit file. */
export interface AuditHeader {
  readonly kind: 'sim-audit';
  readonly version: 1;
  readonly seed?: number;
  readonly time_scale?: number;
  /** Subtract from an epoch instant to get CLOCK_MONOTONIC, which all processes of a host share. */
  readonly epoch_minus_monotonic_ms: number;
}

export interface BillLine {
  requests: number;
  completed: number;
  failed: number;
  aborted: number;
  billed_input_tokens: number;
  output_tokens: number;
  billed_usd: number;
}

/** What every target charged, and all of them together. */
export interface Bill {
  readonly targets: Readonly<Record<string, BillLine>>;
  readonly total_usd: number;
}

export function auditHeader(market?: { seed: number; time_scale: number }): AuditHeader {
  const monotonic = Number(process.hrtime.bigint()) / 1e6;
  return {
    kind: 'sim-audit',
    version: 1,
    ...(market ? { seed: market.seed, time_scale: market.time_scale } : {}),
    epoch_minus_monotonic_ms: toEpoch(performance.now()) - monotonic,
  };
}

export const toEpoch = (instant: number) => performance.timeOrigin + instant;

/** Adds up audit rows as they come; every target has its line from the start. */
export function createBill(names: Iterable<string>): { add(row: AuditRow): void; read(): Bill } {
  const targets: Record<string, BillLine> = Object.create(null);
  for (const name of names) targets[name] = emptyLine();
  return {
    add(row) {
      const line = targets[row.target] ?? emptyLine();
      targets[row.target] = line;
      line.requests += 1;
      line[row.outcome] += 1;
      line.billed_input_tokens += row.billed_input_tokens;
      line.output_tokens += row.output_tokens;
      line.billed_usd += row.billed_usd;
    },
    read: () => ({
      targets: structuredClone(targets),
      total_usd: Object.values(targets).reduce((sum, line) => sum + line.billed_usd, 0),
    }),
  };
}

const emptyLine = (): BillLine => ({
  requests: 0,
  completed: 0,
  failed: 0,
  aborted: 0,
  billed_input_tokens: 0,
  output_tokens: 0,
  billed_usd: 0,
});
