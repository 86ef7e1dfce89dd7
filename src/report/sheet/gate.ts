import type { GateReport } from '../../compare/gate.ts';
import type { TextReport } from './sheet.ts';

const order = { FAIL: 0, INCONCLUSIVE: 1, NOTE: 2, PASS: 3 } as const;

/**
 * What a gate found, as text: the verdict and what failed first.
 *
 * @param next the command that goes on from here
 */
export function describeGate(report: GateReport, next: string): TextReport {
  const { verdict, run, baseline, findings, rules, circumstances } = report;
  const failed = findings.filter((each) => each.verdict === 'FAIL');
  const sorted = findings.toSorted((a, b) => order[a.verdict] - order[b.verdict]);
  const error = `${Number((100 * rules.error).toPrecision(4))} % of false alarms over ${rules.nights} nights`;
  const { quality, others } = report.error_per_test;
  const toText = (error: number) => `${Number((100 * error).toPrecision(2))} %`;
  const each = `${toText(quality)} for each test of quality, ${toText(others)}`;
  return {
    title: `${verdict}: ${run} against ${baseline.join(', ')}`,
    lines: [
      ...failed.map(({ check, target, text }) => `${target ? `${target}: ` : ''}${check}: ${text}`),
      `at most ${error}: ${each} for each other one`,
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
    next,
  };
}
