/** What was looked at, and what it means for a run. */
export interface DoctorFinding {
  readonly name: string;
  /** `fault`: a run will fail or not be valid; `warning`: it may. */
  readonly state: 'ok' | 'warning' | 'fault';
  readonly says: string;
  /** What to do; present where something is to be done. */
  readonly todo?: string;
}
