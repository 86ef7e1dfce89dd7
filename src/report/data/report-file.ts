import { toFileNames } from '../../record.ts';
import type { ReportData } from './report-data.ts';

/** The data of a report with the field names that files have. The manifest and the summary are files. */
export function toReportFile(data: ReportData): object {
  const { manifest, summary, decision, ...rest } = data;
  const names = toFileNames(rest);
  if (!decision) return { ...names, manifest, summary };
  const { inForce, ...decided } = decision;
  // A policy is in the names of its own file.
  return {
    ...names,
    manifest,
    summary,
    decision: { ...toFileNames(decided), in_force: inForce },
  };
}
