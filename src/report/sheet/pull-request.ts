import type { GateReport } from '../../compare/gate.ts';
import { formatPercent, formatUsd } from '../../units.ts';
import { type DecidedCase, formatChange } from '../text/verdict.ts';
import type { TextReport } from './sheet.ts';

/** What a pull request with another policy has to say. */
export interface PolicyNews {
  /** The decision in one sentence. */
  readonly title: string;
  readonly notes: readonly string[];
  /** What the policy does differently, a line each. */
  readonly changes: readonly string[];
  readonly decided: DecidedCase;
  readonly gate?: GateReport;
}

/** The text of the pull request: decision, changed rules, saving, certificate, baseline, prices. */
export function describePullRequest(news: PolicyNews): TextReport {
  const { title, notes, changes, decided, gate } = news;
  const { found, runs } = decided;
  const { certificate } = found;
  const saving = certificate?.saving;
  return {
    title,
    lines: [
      ...changes,
      ...(saving
        ? [
            `Saves ${formatPercent(saving.estimate)} (95 %: ${formatPercent(saving.low)} to ${formatPercent(saving.high)}) against ${found.baseline.name}.`,
          ]
        : []),
      ...(certificate ? [`Shown on requests that did not choose it: ${certificate.claim}.`] : []),
      ...notes,
      `Measured in ${runs.join(', ')}; ${gate ? `held against ${gate.baseline.join(', ')}: ${gate.verdict}` : 'no earlier night to hold it against'}.`,
      ...(gate?.findings ?? [])
        .filter(({ check }) => check === 'price')
        .map(({ target, text }) => `Price of ${target}: ${text}.`),
    ],
    sheets: [
      {
        title: 'Rules',
        columns: [
          { title: 'rule', align: 'left' },
          { title: 'goes to', align: 'left' },
          { title: 'requests' },
          { title: 'saves per 1,000' },
          { title: 'quality change in points (95 %)' },
        ],
        rows: found.rules.map(({ name, use, share, savesUsd, change }) => [
          name,
          use,
          formatPercent(share),
          formatUsd(1_000 * savesUsd),
          formatChange(change),
        ]),
      },
      {
        title: 'What failed in what runs today',
        columns: ['target', 'check', 'what'].map((name) => ({
          title: name,
          align: 'left' as const,
        })),
        rows: (gate?.findings ?? [])
          .filter(({ verdict }) => verdict === 'FAIL')
          .map(({ target = '', check, text }) => [target, check, text]),
      },
    ],
  };
}
