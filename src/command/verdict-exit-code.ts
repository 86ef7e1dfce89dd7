import { type ExitCode, exitCodes } from '../errors.ts';

/** How a command ends that asked whether something holds. */
export function toVerdictExitCode(verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE'): ExitCode {
  switch (verdict) {
    case 'PASS':
      return exitCodes.ok;
    case 'FAIL':
      return exitCodes.no;
    case 'INCONCLUSIVE':
      return exitCodes.inconclusive;
  }
}
