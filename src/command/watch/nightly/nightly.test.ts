import type * as fs from 'node:fs';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { StorageError } from '../../../errors.ts';
import { lockNight } from '../../../store/file/run-lock.ts';
import {
  contextAt,
  makeWorld,
  playNight,
  readAll,
  requests,
  restore,
  tonight,
} from './night.test.helper.ts';
import { nightly } from './nightly.ts';

/**
 * What the process did to the disk so far, and after how many of these deeds it dies: from then on nothing
 * that it tries gets there, as if it had been killed.
 */
const disk = vi.hoisted(() => ({
  deeds: [] as string[],
  diesAt: Number.POSITIVE_INFINITY,
  /** What the disk says instead of taking a file of this name. */
  full: undefined as string | undefined,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const watched = ['writeFileSync', 'renameSync', 'mkdirSync', 'rmSync', 'appendFileSync'] as const;
  const wrapped = watched.map((name) => {
    const act = real[name] as (...args: unknown[]) => unknown;
    const watch = (...args: unknown[]) => {
      const path = String(args[name === 'renameSync' ? 1 : 0]);
      // A lock of a process that is gone is taken over, which is tested with the lock.
      if (path.includes('.lock')) return act(...args);
      const file = path.replace(/\.\d+\.tmp$/, '.tmp');
      if (disk.deeds.length >= disk.diesAt) throw new Error('killed');
      disk.deeds.push(`${name} ${file}`);
      if (name === 'writeFileSync' && disk.full !== undefined && file.endsWith(disk.full)) {
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      }
      return act(...args);
    };
    return [name, watch] as const;
  });
  return { ...real, ...Object.fromEntries(wrapped) };
});

afterEach(() => {
  disk.deeds = [];
  disk.diesAt = Number.POSITIVE_INFINITY;
  disk.full = undefined;
});

describe('a night', () => {
  let world: Awaited<ReturnType<typeof makeWorld>>;
  const fresh = mkdtempSync(join(tmpdir(), 'arb-night-fresh-'));
  const measured = mkdtempSync(join(tmpdir(), 'arb-night-measured-'));
  let whole: Awaited<ReturnType<typeof playNight>>;
  let files: Record<string, string>;
  let deeds: string[];
  /** Of these the first that come after the bench. */
  let benchDeeds: number;

  beforeAll(async () => {
    world = await makeWorld();
    const { folder } = world;
    cpSync(folder, fresh, { recursive: true });
    disk.deeds = [];
    whole = await playNight(folder, {
      at: (event) => {
        if (event.kind !== 'bench' || event.event.kind !== 'finished') return;
        benchDeeds = disk.deeds.length;
        // Its process is gone with its locks.
        cpSync(folder, measured, { recursive: true, filter: (name) => !name.endsWith('.lock') });
      },
    });
    deeds = disk.deeds;
    files = readAll(folder);
    return () => world.sim.close();
  }, 120_000);

  it('without a policy proposes the cheaper target, asks each request once of each and writes routes.yaml', () => {
    expect(whole.night).toMatchObject({ verdict: 'proposed', exit_code: 0, accepted: true });
    expect(whole.night.changes).toEqual(['new: every other request goes to cheap, then strong']);
    expect(files['/routes.yaml']).toContain(`id: ${whole.night.policy}`);
    expect(world.audit).toHaveLength(2 * requests);
  });

  it('that is killed at any step after it was measured ends byte for byte as one that was not', async () => {
    const { folder } = world;
    const asked = world.audit.length;
    const dead: string[] = [];
    for (let step = 0; ; step++) {
      restore(measured, folder);
      disk.deeds = [];
      disk.diesAt = step;
      const first = await playNight(folder).catch((error: Error) => error.message);
      const at = `killed after ${disk.deeds.at(-1)}`;
      disk.diesAt = Number.POSITIVE_INFINITY;
      if (typeof first !== 'string') break;
      dead.push(disk.deeds.at(-1) ?? '');
      const { night } = await playNight(folder);
      expect(night, at).toEqual(whole.night);
      expect(readAll(folder), at).toEqual(files);
    }
    const routes = join(folder, 'routes.yaml');
    expect(dead).toContain(`renameSync ${routes}`);
    expect(dead.at(-1)).toMatch(/^writeFileSync .*nightly\.json\.tmp$/);
    expect(world.audit).toHaveLength(asked);
  }, 300_000);

  it('that is killed at any step before is paid for once, and decides the same', async () => {
    const { folder } = world;
    // Of what is done to one file over and over, the first time stands for all.
    const steps = [...new Set(deeds.slice(0, benchDeeds))].map((deed) => deeds.indexOf(deed));
    for (const step of steps) {
      restore(fresh, folder);
      world.audit.length = 0;
      disk.deeds = [];
      disk.diesAt = step;
      const at = `killed at ${deeds[step]}`;
      await expect(playNight(folder), at).rejects.toThrow();
      disk.diesAt = Number.POSITIVE_INFINITY;
      const { night } = await playNight(folder);
      const { verdict, changes, policy } = whole.night;
      expect(night, at).toMatchObject({ verdict, changes, policy });
      // Eight were in flight at most when it died.
      expect(world.audit.length, at).toBeGreaterThanOrEqual(2 * requests);
      expect(world.audit.length, at).toBeLessThanOrEqual(2 * requests + 8);
    }
  }, 600_000);

  it('that was cut off while it wrote leaves a policy that somebody changed since, and decides against it', async () => {
    const { folder } = world;
    restore(measured, folder);
    disk.deeds = [];
    disk.diesAt = deeds.slice(benchDeeds).findIndex((deed) => deed.endsWith('routes.yaml')) + 1;
    await expect(playNight(folder)).rejects.toThrow('killed');
    disk.diesAt = Number.POSITIVE_INFINITY;
    const own = (files['/routes.yaml'] ?? '').replace(
      '    fallback:\n      - strong\n',
      '    fallback: []\n',
    );
    writeFileSync(join(folder, 'routes.yaml'), own);
    const { night } = await playNight(folder);
    expect(night.changes).not.toEqual(whole.night.changes);
  });

  it('that another process is at is left to it, and nothing is sent', async () => {
    const { folder, audit } = world;
    restore(measured, folder);
    const asked = audit.length;
    const lock = lockNight(whole.dir);
    await expect(playNight(folder)).rejects.toThrow(/process \d+ writes to this run\. Wait for it/);
    lock.release();
    expect((await playNight(folder)).night).toEqual(whole.night);
    expect(audit).toHaveLength(asked);
  });

  it('that is done is read and not paid for again, and is another one after midnight in UTC', async () => {
    const { folder } = world;
    restore(measured, folder);
    const first = await playNight(folder);
    const again = await playNight(folder, { instant: '2026-11-20T23:59:59Z' });
    expect(again.night).toEqual(first.night);
    expect(again.said).toEqual([`${first.dir}: this night is done; nothing is sent`]);
    const next = await playNight(folder, { instant: '2026-11-21T00:00:01Z', dryRun: true });
    expect(next.dir).toContain('2026-11-21-nightly-');
  });

  it('keeps its date and its directory where the clock passes midnight while it measures', async () => {
    const { folder } = world;
    restore(measured, folder);
    const instants = ['2026-11-20T23:59:59Z', '2026-11-21T00:10:00Z'];
    const late = {
      ...contextAt(tonight),
      now: () => new Date(instants.shift() ?? '2026-11-21T01:00:00Z'),
    };
    const given = { log: join(folder, 'log.jsonl'), routes: join(folder, 'routes.yaml') };
    const where = { config: join(folder, 'arb.yaml'), reports: join(folder, 'reports') };
    const events = await Array.fromAsync(nightly({ ...given, ...where }, late));
    expect(events.at(-1)).toMatchObject({ dir: whole.dir, night: { date: '2026-11-20' } });
  });

  it.each(['routes.yaml.tmp', 'nightly.json.tmp', 'report.html.tmp'])(
    'whose disk is full at %s is stopped in words, and ends as it would have once there is room',
    async (name) => {
      const { folder, audit } = world;
      restore(measured, folder);
      const asked = audit.length;
      disk.full = name;
      const failed = playNight(folder);
      await expect(failed).rejects.toThrow(StorageError);
      await expect(failed).rejects.toThrow(
        /cannot be written \(ENOSPC.*Make room and run the same/,
      );
      disk.full = undefined;
      expect((await playNight(folder)).night).toEqual(whole.night);
      expect(readAll(folder)).toEqual(files);
      expect(audit).toHaveLength(asked);
    },
  );
});
