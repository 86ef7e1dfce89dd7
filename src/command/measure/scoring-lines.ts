import type { Scoring } from './scoring.ts';

/** What gets a score, what does not, and what to do. */
export function scoringLines(
  { checked, by_command, need_judge }: Scoring,
  { judges }: { readonly judges: boolean },
): string[] {
  const all = checked + by_command + need_judge;
  const parts = [
    `${checked} of ${all} requests have a check`,
    ...(by_command > 0 ? [`${by_command} a program of arb.yaml (--allow-commands)`] : []),
    ...(need_judge > 0 ? [`${need_judge} need a judge`] : []),
  ];
  const line = `scores: ${parts.join(', ')}`;
  if (need_judge === 0 || judges) return [line];
  return [
    line,
    `no judge is named, so these ${need_judge} get no score, and a certificate counts them as lost wherever a rule sends them away from the baseline. Add expect to them, or a judge: {role: judge} and quality.judges`,
  ];
}
