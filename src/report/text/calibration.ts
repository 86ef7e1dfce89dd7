import type { Calibration } from '../../measure/calibration.ts';
import { formatMs } from '../../units.ts';
import { formatTable } from './table.ts';

/** A calibration as a table, with the verdict. */
export function describeCalibration(calibration: Calibration, faults: readonly string[]): string[] {
  const columns = [
    { title: '|measured - true|', align: 'left' as const },
    ...['p50', 'p99', 'p99 at most', 'max', 'n'].map((title) => ({ title })),
  ];
  const { ttft_error_ms, gap_error_ms, server_off_ms, answers, limit_ms } = calibration;
  const rows = [
    { name: 'TTFT', of: ttft_error_ms },
    { name: 'gap between chunks', of: gap_error_ms },
    { name: 'simulator, off its own pace', of: server_off_ms },
  ].map(({ name, of }) => [
    name,
    ...[of.p50, of.p99, of.p99_upper, of.max].map(fine),
    String(of.n),
  ]);
  return [
    ...formatTable(columns, rows),
    `${answers} answers, ${formatStreams(calibration)} of 50 chunks/s; stated error ${formatMs(limit_ms)} at p99${faults.length === 0 ? ': within' : ''}`,
    ...faults.map((fault) => `NOT VALID: ${fault}`),
  ];
}

/** The calibration in one line, for the end of a run. */
export function calibrationLine(calibration: Calibration): string {
  const { ttft_error_ms, gap_error_ms, answers, limit_ms } = calibration;
  return `calibrated with ${formatStreams(calibration)}: |measured - true| p99 ${fine(ttft_error_ms.p99)} for TTFT, ${fine(gap_error_ms.p99)} for gaps (${answers} answers; stated error ${formatMs(limit_ms)})`;
}

function formatStreams({ streams, planned_streams }: Calibration): string {
  return `${streams} streams${streams === planned_streams ? '' : ` (planned: ${planned_streams})`}`;
}

const fine = (value: number | undefined) => (value === undefined ? '' : `${value.toFixed(2)} ms`);

export const calibratingLine = (streams: number) =>
  `calibrating: ${streams} streams against arb's own simulator, about 5 s`;
