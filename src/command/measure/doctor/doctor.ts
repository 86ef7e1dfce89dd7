import { existsSync } from 'node:fs';
import { ArbError, type ExitCode, exitCodes } from '../../../errors.ts';
import { calibrationAdvice, calibrationSays } from '../../../measure/calibration.ts';
import { type LoadedConfig, loadConfig, selectTargets } from '../../config/config.ts';
import type { CommandContext } from '../../context.ts';
import { calibrateAlone } from '../calibrate/calibrate.ts';
import type { DoctorFinding } from './finding.ts';
import {
  describeLoad,
  examineClock,
  examineDisk,
  examineNode,
  examineOpenFiles,
} from './machine.ts';
import { examineProxies, examineTarget } from './targets.ts';

/** What the doctor looks at. */
export interface DoctorOptions {
  /** @default 'arb.yaml', where there is one */
  readonly config?: string;
  /** Names of the targets to look at. @default all */
  readonly targets?: readonly string[];
  /** Where runs are to be written. @default 'reports' */
  readonly folder?: string;
  /** Measure arb's own error, which takes about 6 s. @default true */
  readonly calibrate?: boolean;
}

/** Load where arb.yaml says none. */
const usualLoad = 8;

/** Looks for what stands between this machine and a valid run, one finding after the other. */
export async function* doctor(
  options: DoctorOptions,
  context: CommandContext,
): AsyncGenerator<DoctorFinding, ExitCode> {
  let worst: ExitCode = exitCodes.ok;
  for await (const finding of examine(options, context)) {
    if (finding.state === 'fault') worst = exitCodes.no;
    yield finding;
  }
  return worst;
}

async function* examine(
  { config: file, targets, folder = 'reports', calibrate = true }: DoctorOptions,
  context: CommandContext,
): AsyncGenerator<DoctorFinding> {
  yield examineNode();
  yield examineDisk(folder);
  const { loaded, finding } = readConfig(file, targets);
  const asked = loaded?.config.load.concurrency ?? usualLoad;
  yield examineOpenFiles(asked * (loaded?.targets.length ?? 1));
  yield examineProxies(context.env);
  yield finding;
  for (const target of loaded?.targets ?? []) yield await examineTarget(target, context);
  const [wall, monotonic] = [Date.now(), performance.now()];
  if (calibrate) yield await measureOwnError(file, context);
  yield examineClock({ wall: Date.now() - wall, monotonic: performance.now() - monotonic });
}

function readConfig(
  file: string | undefined,
  names: readonly string[] | undefined,
): { loaded?: LoadedConfig; finding: DoctorFinding } {
  const name = 'arb.yaml';
  if (file === undefined && !existsSync('arb.yaml')) {
    const finding = {
      name,
      state: 'warning',
      says: 'there is none here',
      todo: 'arb init',
    } as const;
    return { finding };
  }
  try {
    const loaded = selectTargets(loadConfig(file), names);
    const says = `${loaded.file} names ${loaded.targets.length} targets`;
    return { loaded, finding: { name, state: 'ok', says } };
  } catch (error) {
    if (!(error instanceof ArbError)) throw error;
    const finding = {
      name,
      state: 'fault',
      says: error.message,
      todo: 'correct the file',
    } as const;
    return { finding };
  }
}

const trim = (fault: string) =>
  fault.replace(calibrationSays, '').replace(` ${calibrationAdvice}`, '');

async function measureOwnError(
  config: string | undefined,
  context: CommandContext,
): Promise<DoctorFinding> {
  const name = 'own error';
  const options = config === undefined ? {} : { config };
  for await (const event of calibrateAlone(options, context)) {
    if (event.kind !== 'calibrated') continue;
    const { ttft_error_ms, gap_error_ms, streams, limit_ms } = event.calibration;
    const fine = (value: number | undefined) => value?.toFixed(2) ?? '?';
    const says = `at ${streams} streams, p99 ${fine(ttft_error_ms.p99)} ms for TTFT and ${fine(gap_error_ms.p99)} ms for gaps (stated: ${limit_ms} ms)`;
    if (event.faults.length === 0) return { name, state: 'ok', says };
    const said = event.faults.map(trim).join(' ');
    const { says: load, todo } = describeLoad(streams);
    return { name, state: 'fault', says: `${said} ${load}`, todo };
  }
  return { name, state: 'warning', says: 'not measured: interrupted', todo: 'arb doctor again' };
}
