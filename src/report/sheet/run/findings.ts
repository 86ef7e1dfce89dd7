import { formatSlo } from '../../../optimize/problem/slo.ts';
import type { ReportData } from '../../data/report-data.ts';
import { describeSlo } from '../../text/slos.ts';
import { describeVerdict } from '../../text/verdict.ts';
import type { Findings } from '../junit.ts';

type Found = Findings['findings'][number];

/**
 * What of a run a CI shows as tests. Only a run that is not valid and a deployed policy that does not hold
 * fail: that nothing better is certified, or that a candidate misses an SLO, is no fault of a build.
 */
export function listFindings(data: ReportData): Findings {
  const { dir, manifest, summary } = data;
  const { invalid } = manifest;
  return {
    run: dir,
    findings: [
      { check: 'valid', verdict: invalid.length > 0 ? 'FAIL' : 'PASS', text: invalid.join('; ') },
      ...checkedFindings(data),
      decisionFinding(data),
      ...summary.targets.flatMap(({ target, slos = [] }) =>
        slos.map((kept): Found => {
          const { at_most: atMost, ...slo } = kept.slo;
          const check = formatSlo({ ...slo, atMost });
          return { check, target, verdict: kept.met ? 'PASS' : 'NOTE', text: describeSlo(kept) };
        }),
      ),
    ],
  };
}

function checkedFindings({ checked }: ReportData): Found[] {
  if (!checked) return [];
  const { file, report } = checked;
  const { verdict, claim, why } = report;
  return [{ check: 'deployed policy', target: file, verdict, text: `${claim}: ${why}` }];
}

function decisionFinding({ decision, undecided }: ReportData): Found {
  if (!decision) return { check: 'decision', verdict: 'INCONCLUSIVE', text: undecided ?? '' };
  const [text = ''] = describeVerdict(decision);
  const { status, certificate } = decision.found;
  const isOpen = certificate?.verdict === 'INCONCLUSIVE';
  const verdict = status === 'certified' ? 'PASS' : isOpen ? 'INCONCLUSIVE' : 'NOTE';
  return { check: 'decision', verdict, text };
}
