import type { TextReport } from '../sheet.ts';

/** The chapters of a report, in their order. */
export type PartId =
  | 'frontier'
  | 'latency'
  | 'rules'
  | 'routes'
  | 'tasks'
  | 'failures'
  | 'judges'
  | 'prices'
  | 'certificate'
  | 'self'
  | 'requests';

/** A chapter of a report as text and tables, which every form of it draws; a page adds its charts. */
export interface ReportPart extends TextReport {
  readonly id: PartId;
}
