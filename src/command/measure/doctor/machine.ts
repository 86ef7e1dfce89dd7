import { loadavg } from 'node:os';
import { probeDisk, readOpenFilesLimit } from '../../../store/file/machine.ts';
import { describeMachine } from '../../../store/manifest.ts';
import type { DoctorFinding } from './finding.ts';

const GB = 1e9;
/** A run of 100,000 requests with its answers takes about this much. */
const enoughSpace = GB;
const leastSpace = 0.1 * GB;
/** Reservations are synced by leases of 2 % of the budget: slower disks make requests wait for them. */
const slowSync = 50;
/** What arb has open besides one socket for each request in flight. */
const ownFiles = 100;

/** Node and the processors. */
export function examineNode(): DoctorFinding {
  const { node, cpus } = describeMachine();
  const said = `${node}, ${cpus} processors`;
  if (cpus > 1) return { name: 'node', state: 'ok', says: said };
  const todo = 'give arb a second processor, or send fewer requests at once';
  return { name: 'node', state: 'warning', says: said, todo };
}

/**
 * What the processors have to do besides, and what to do where arb could not measure this many streams.
 * The load average is that of the last minute, arb's own part included: 0 on Windows, where there is none.
 */
export function describeLoad(
  streams: number,
  { cpus, load } = { cpus: describeMachine().cpus, load: loadavg()[0] ?? 0 },
): { readonly says: string; readonly todo: string } {
  const processors = cpus === 1 ? '1 processor' : `${cpus} processors`;
  const fewer = `lower load.concurrency: ${streams} streams in all were tried`;
  const says = `The load average is ${load.toFixed(1)} on ${processors}`;
  if (load > cpus) return { says, todo: `end what else runs on this machine, or ${fewer}` };
  if (cpus === 1) return { says, todo: `give arb a second processor, or ${fewer}` };
  return { says, todo: fewer };
}

/** Free space in the folder of the runs, and how long a write takes to be on the disk. */
export function examineDisk(folder: string): DoctorFinding {
  const name = 'disk';
  try {
    const { free_bytes, sync_p50_ms, sync_max_ms } = probeDisk(folder);
    const says = `${(free_bytes / GB).toFixed(1)} GB free at ${folder}, a write is on the disk in ${sync_p50_ms.toFixed(1)} ms (at most ${sync_max_ms.toFixed(1)} ms)`;
    if (free_bytes < enoughSpace) {
      const state = free_bytes < leastSpace ? 'fault' : 'warning';
      const todo = 'free some space (arb purge deletes old runs), or bench with --out elsewhere';
      return { name, state, says, todo };
    }
    if (sync_p50_ms < slowSync) return { name, state: 'ok', says };
    return { name, state: 'warning', says, todo: 'bench with --out on a faster disk' };
  } catch (error) {
    const todo = 'make it writable, or bench with --out elsewhere';
    return { name, state: 'fault', says: `${folder}: ${(error as Error).message}`, todo };
  }
}

/** Whether `inFlight` requests may have a socket each. */
export function examineOpenFiles(inFlight: number): DoctorFinding {
  const name = 'open files';
  const limit = readOpenFilesLimit();
  if (limit === undefined) return { name, state: 'ok', says: 'the system states no limit' };
  const needed = inFlight + ownFiles;
  const says = `${limit} allowed, about ${needed} needed for ${inFlight} requests in flight`;
  if (limit >= needed) return { name, state: 'ok', says };
  return { name, state: 'fault', says, todo: `ulimit -n ${2 * needed}, or lower load.concurrency` };
}

/** What the clock showed over some time, by itself and by a clock that nobody sets. */
export interface ClockSpan {
  readonly wall: number;
  readonly monotonic: number;
}

/** A clock that jumps this much (ms) in seconds was set; slewing moves it by 0.05 % at most. */
const jump = 100;

/** The smallest step of the measuring clock, and whether the wall clock was set meanwhile. */
export function examineClock({ wall, monotonic }: ClockSpan): DoctorFinding {
  const name = 'clock';
  const off = Math.abs(wall - monotonic);
  const step = 1_000 * smallestStep();
  const fine = step < 0.1 ? 'under 0.1' : step.toFixed(1);
  const says = `steps of ${fine} µs; the wall clock went ${off.toFixed(0)} ms off the monotonic one in ${(monotonic / 1_000).toFixed(0)} s`;
  if (off < jump) return { name, state: 'ok', says };
  const todo = 'let chrony or ntpd slew the clock instead of setting it; times measured are right';
  return { name, state: 'warning', says, todo };
}

function smallestStep(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 1_000; round++) {
    const from = performance.now();
    let to = performance.now();
    while (to === from) to = performance.now();
    least = Math.min(least, to - from);
  }
  return least;
}
