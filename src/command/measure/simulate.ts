import type { Readable } from 'node:stream';
import { UsageError } from '../../errors.ts';
import { startCassette } from '../../sim/cassette.ts';
import { type Market, parseMarket } from '../../sim/market/market.ts';
import { type AuditRow, auditHeader, type Bill, type SwitchRow } from '../../sim/server/audit.ts';
import { startMarket } from '../../sim/server/server.ts';
import { Journal } from '../../store/file/journal.ts';
import { widestReadingLimits } from '../../workload/limits.ts';
import { readInput } from '../config/input.ts';
import { openWorkload } from './workload-file.ts';

/** What is simulated. */
export interface SimulateOptions {
  /** The market file; not with `cassette`. */
  readonly market?: string;
  /** Port on 127.0.0.1; 0 = any that is free. @default 0 */
  readonly port?: number;
  /** The workload, so that right answers are known; needed with `cassette`. */
  readonly workload?: string;
  /** Read where the workload is `-`. */
  readonly stdin?: Readable;
  /** Recorded answers to serve, at their recorded cost. */
  readonly cassette?: string;
  /** Write what was really sent and billed to this file, one row a request. */
  readonly audit?: string;
}

/** A simulated market that is listening. */
export interface Simulation {
  readonly url: string;
  bill(): Bill;
  close(): Promise<void>;
}

/** Often enough to follow with `tail -f`, seldom enough to cost the simulator nothing. */
const AUDIT_FLUSH_MS = 200;

/**
 * Simulated providers on 127.0.0.1, until closed.
 *
 * @throws UsageError where the market or the recorded answers are not valid, or the port is taken
 */
export async function simulate(options: SimulateOptions): Promise<Simulation> {
  const market =
    options.market === undefined
      ? undefined
      : parseMarket(readInput(options.market), options.market);
  const audit =
    options.audit === undefined ? undefined : Journal.open(options.audit, auditHeader(market));
  const opened = await openQuestions(options);
  const { workload } = opened;
  const running = await start(market, { ...options, workload }, (row) => audit?.add(row)).finally(
    () => opened.release(),
  );
  const flushing = setInterval(() => audit?.flush(), AUDIT_FLUSH_MS);
  return {
    url: running.url,
    bill: () => running.bill(),
    async close() {
      clearInterval(flushing);
      await running.close();
      audit?.close();
    },
  };
}

/** What bench takes as a workload; the simulator reads it once, before it listens. */
async function openQuestions({ workload, stdin }: SimulateOptions) {
  if (workload === undefined) return { workload, release: () => undefined };
  const source = { stdin, skipInvalid: false, limits: widestReadingLimits };
  const { survey, release } = await openWorkload(workload, source);
  return { workload: survey.file, release };
}

type Serving = Pick<SimulateOptions, 'cassette' | 'port'> & {
  readonly workload: string | undefined;
};

function start(
  market: Market | undefined,
  { cassette, workload, port = 0 }: Serving,
  onAudit: (row: AuditRow | SwitchRow) => void,
): Promise<Simulation> {
  if (cassette !== undefined) {
    if (market !== undefined || workload === undefined) {
      throw new UsageError('sim: --cassette takes --workload, and no market file.');
    }
    return startCassette({ answersPath: cassette, workloadPath: workload, port, onAudit });
  }
  if (market === undefined) {
    throw new UsageError('sim: give a market file, or recorded answers with --cassette.');
  }
  return startMarket({
    market,
    port,
    onAudit,
    onSwitch: onAudit,
    ...(workload !== undefined && { workload }),
  });
}
