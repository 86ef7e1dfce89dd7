import { formatMs, formatPercent } from '../../../units.ts';
import type { ReportData } from '../../data/report-data.ts';
import { toColumns } from '../sheet.ts';
import type { ReportPart } from './part.ts';

/** What was shown, at which error, and what is taken for granted. */
export function certificatePart({ decision }: ReportData): ReportPart | undefined {
  const certificate = decision?.found.certificate;
  if (!certificate) return undefined;
  const { verdict, claim, alpha, looks, parts, units, why, unjudgedShare, trials } = certificate;
  return {
    id: 'certificate',
    title: 'What was shown, and on what assumptions',
    lines: [
      `${verdict}: ${claim}, at an error of ${formatPercent(alpha)}: ${why}`,
      `Chosen on ${parts.choose} requests and tested on ${parts.certify} others (${units} sessions, groups of near-duplicates or single requests). No request did both.`,
      `It is look number ${looks} at these requests; from the fourth on the error is divided by their number.`,
      `${formatPercent(unjudgedShare)} of the tested requests were not judged; they count against the policy.`,
      'It holds for traffic like the requests that were measured: other tasks, lengths or days are no part of it, and an outage that nobody saw is not covered.',
      'Requests of one session count as one; sessions are taken to be independent of each other.',
    ],
    sheets: [
      {
        title: 'Policies that were tested, in their order',
        columns: toColumns(
          '<share of the sessions',
          'forecast saving',
          'forecast distance',
          '<passed',
          '<tests',
        ),
        rows: trials.map(({ share, forecastSaving, forecastZ, passed, tests }) => [
          formatPercent(share),
          formatPercent(forecastSaving),
          `${forecastZ.toFixed(1)} standard errors`,
          passed ? 'yes' : 'no',
          tests.map((test) => test.claim).join('; '),
        ]),
      },
    ],
  };
}

/** arb's own part in the figures. */
export function selfPart({ manifest, summary }: ReportData): ReportPart {
  const { calibration } = summary;
  return {
    id: 'self',
    title: 'How far arb itself can be believed',
    lines: [
      ...(manifest.invalid.length === 0
        ? ['The run is valid: arb kept its own time.']
        : manifest.invalid.map((fault) => `Not valid: ${fault}`)),
      calibration
        ? `Measured against its own simulator before the run: TTFT off by ${formatMs(calibration.ttft_error_ms.p99)} at p99, gaps by ${formatMs(calibration.gap_error_ms.p99)}; stated error ${formatMs(calibration.limit_ms)}.`
        : 'Its timing error was not measured before this run (arb bench --calibrate does).',
      `Seed ${manifest.seed}, ${manifest.passes} passes, arb ${manifest.arb} on Node ${manifest.vantage.node}, ${manifest.vantage.cpus} processors.`,
      `Workload ${manifest.workload.hash}.`,
      `Load ${JSON.stringify(manifest.load)}.`,
    ],
    sheets: [],
  };
}
