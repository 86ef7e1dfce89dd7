import type { GateReport } from '../../compare/gate.ts';
import { describeRefusals } from './comparison.ts';
import type { TextReport } from './sheet.ts';

const order = { FAIL: 0, INCONCLUSIVE: 1, NOTE: 2, PASS: 3 } as const;

/** What a gate found, as text: what failed first. */
export function describeGate(report: GateReport): TextReport {
  const { verdict, run, baseline, findings, rules, circumstances, refusals } = report;
  const failed = findings.filter((each) => each.verdict === 'FAIL');
  const sorted = findings.toSorted((a, b) => order[a.verdict] - order[b.verdict]);
  const error = `${100 * rules.error} % of false alarms over ${rules.nights} nights`;
  return {
    title: `${verdict}: ${run} against ${baseline.join(', ')}`,
    lines: [
      ...failed.map(({ check, target, text }) => `${target ? `${target}: ` : ''}${check}: ${text}`),
      `at most ${error}: ${report.error_per_test.toPrecision(2)} for each single test`,
      ...describeRefusals(refusals),
      ...circumstances.map(({ what, before, after }) => `differs: ${what}: ${before} to ${after}`),
    ],
    sheets: [
      {
        title: 'Findings',
        columns: ['target', 'check', 'verdict', 'what was found'].map((title) => ({
          title,
          align: 'left' as const,
        })),
        rows: sorted.map(({ target = '', check, verdict: found, text }) => [
          target,
          check,
          found,
          text,
        ]),
      },
    ],
  };
}
