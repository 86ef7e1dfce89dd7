import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What a disk is like for a run directory. */
export interface DiskProbe {
  readonly free_bytes: number;
  /** Time until a small write is on the disk. */
  readonly sync_p50_ms: number;
  readonly sync_max_ms: number;
}

/** Enough to see a slow disk, and over in a second on a very slow one. */
const writes = 20;

/** Writes to a small file of its own in `folder`, which is made where it is missing. @throws Error */
export function probeDisk(folder: string): DiskProbe {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `.arb-doctor-${process.pid}`);
  const fd = openSync(file, 'wx', 0o600);
  try {
    const times = Array.from({ length: writes }, () => timeOf(() => sync(fd))).sort(
      (a, b) => a - b,
    );
    const { bavail, bsize } = statfsSync(folder);
    return {
      free_bytes: bavail * bsize,
      sync_p50_ms: times[writes / 2] ?? 0,
      sync_max_ms: times.at(-1) ?? 0,
    };
  } finally {
    closeSync(fd);
    rmSync(file, { force: true });
  }
}

function sync(fd: number): void {
  writeSync(fd, 'a row of reservations\n');
  fsyncSync(fd);
}

function timeOf(act: () => void): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}

/** Files and sockets that this process may have open; nothing where the system does not say. */
export function readOpenFilesLimit(): number | undefined {
  // Network interfaces are of no interest here, and slow to list.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | 'unlimited' } };
  };
  const soft = report.userLimits?.open_files?.soft;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : soft;
}
