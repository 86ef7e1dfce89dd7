import type * as fs from 'node:fs';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Night } from '../../../compare/night.ts';
import { StorageError, UsageError } from '../../../errors.ts';
import { parseMarket } from '../../../sim/market/market.ts';
import type { AuditRow } from '../../../sim/server/audit.ts';
import { startMarket } from '../../../sim/server/server.ts';
import { lockNight } from '../../../store/file/run-lock.ts';
import type { CommandContext } from '../../context.ts';
import type { NightEvent } from './night-event.ts';
import { nightly } from './nightly.ts';
import type { NightlyOptions } from './plan.ts';

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

const requests = 400;
const prices = { strong: [3, 15], cheap: [0.3, 1.5] } as const;

const market = parseMarket(
  JSON.stringify({
    seed: 7,
    time_scale: 0.001,
    correlation: 0.95,
    targets: Object.fromEntries(
      Object.entries(prices).map(([name, [input, output]]) => [
        name,
        {
          model: `${name}-1`,
          price: { input, output },
          ttft: { p50_ms: 300, p99_ms: 900 },
          gap: { p50_ms: 50, p99_ms: 100 },
          chunk_tokens: 16,
          output_tokens: { default: { p50: 40, p99: 120 } },
          accuracy: { default: 0.98 },
        },
      ]),
    ),
  }),
  'market.yaml',
);

/** A folder with the files of a night, and the market that its arb.yaml names. */
async function makeWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'arb-night-'));
  const log = join(folder, 'log.jsonl');
  const lines = Array.from({ length: requests }, (_, i) =>
    JSON.stringify({
      id: `r-${i}`,
      prompt: `Question ${i}: A, B, C or D?`,
      expect: { choice: 'ABCD'[i % 4], of: [...'ABCD'] },
    }),
  );
  writeFileSync(log, `${lines.join('\n')}\n`);
  const audit: AuditRow[] = [];
  const sim = await startMarket({
    market,
    workload: log,
    port: 0,
    onAudit: (row) => audit.push(row),
  });
  const targets = Object.entries(prices).map(([name, [input, output]]) => [
    name,
    {
      provider: 'openai-compatible',
      base_url: `${sim.url}/${name}/v1`,
      model: `${name}-1`,
      maker: name,
      price: { input, output },
    },
  ]);
  const config = {
    targets: Object.fromEntries(targets),
    load: { mode: 'closed', concurrency: 4 },
    quality: { baseline: 'strong', floor: 'baseline-0.05' },
  };
  writeFileSync(join(folder, 'arb.yaml'), JSON.stringify(config));
  return { folder, audit, sim };
}

const contextAt = (instant: string): CommandContext => ({
  env: {},
  now: () => new Date(instant),
  onInterrupt: () => () => undefined,
  process: 'shared',
});

const tonight = '2026-11-20T03:00:00Z';

/** Plays a night in a folder to its end, or to where it dies; `at` sees every event. */
async function play(
  folder: string,
  {
    at,
    instant = tonight,
    ...options
  }: Partial<NightlyOptions> & {
    readonly at?: (event: NightEvent) => void;
    readonly instant?: string;
  } = {},
): Promise<{ night: Night; dir: string; exitCode: number; said: string[] }> {
  const said: string[] = [];
  const given = {
    log: join(folder, 'log.jsonl'),
    routes: join(folder, 'routes.yaml'),
    config: join(folder, 'arb.yaml'),
    reports: join(folder, 'reports'),
    ...options,
  };
  for await (const event of nightly(given, contextAt(instant))) {
    at?.(event);
    if (event.kind === 'step') said.push(event.text);
    if (event.kind === 'night') return { ...event, said };
  }
  throw new Error('the night ended without a result');
}

/** Every file of a folder by its path, with what is in it. */
function readAll(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    names.sort().map((name) => [name.slice(folder.length), readFileSync(name, 'utf8')]),
  );
}

/** A copy of a folder at the same place, as a night's name depends on its paths. */
function restore(from: string, folder: string): void {
  rmSync(folder, { recursive: true });
  cpSync(from, folder, { recursive: true });
}

describe('a night', () => {
  let world: Awaited<ReturnType<typeof makeWorld>>;
  const fresh = mkdtempSync(join(tmpdir(), 'arb-night-fresh-'));
  const measured = mkdtempSync(join(tmpdir(), 'arb-night-measured-'));
  let whole: Awaited<ReturnType<typeof play>>;
  let files: Record<string, string>;
  let deeds: string[];
  /** Of these the first that come after the bench. */
  let benchDeeds: number;

  beforeAll(async () => {
    world = await makeWorld();
    const { folder } = world;
    cpSync(folder, fresh, { recursive: true });
    disk.deeds = [];
    whole = await play(folder, {
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
      const first = await play(folder).catch((error: Error) => error.message);
      const at = `killed after ${disk.deeds.at(-1)}`;
      disk.diesAt = Number.POSITIVE_INFINITY;
      if (typeof first !== 'string') break;
      dead.push(disk.deeds.at(-1) ?? '');
      const { night } = await play(folder);
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
      await expect(play(folder), at).rejects.toThrow();
      disk.diesAt = Number.POSITIVE_INFINITY;
      const { night } = await play(folder);
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
    await expect(play(folder)).rejects.toThrow('killed');
    disk.diesAt = Number.POSITIVE_INFINITY;
    const own = (files['/routes.yaml'] ?? '').replace(
      '    fallback:\n      - strong\n',
      '    fallback: []\n',
    );
    writeFileSync(join(folder, 'routes.yaml'), own);
    const { night } = await play(folder);
    expect(night.changes).not.toEqual(whole.night.changes);
  });

  it('that another process is at is left to it, and nothing is sent', async () => {
    const { folder, audit } = world;
    restore(measured, folder);
    const asked = audit.length;
    const lock = lockNight(whole.dir);
    await expect(play(folder)).rejects.toThrow(/process \d+ writes to this run\. Wait for it/);
    lock.release();
    expect((await play(folder)).night).toEqual(whole.night);
    expect(audit).toHaveLength(asked);
  });

  it('that is done is read and not paid for again, and is another one after midnight in UTC', async () => {
    const { folder } = world;
    restore(measured, folder);
    const first = await play(folder);
    const again = await play(folder, { instant: '2026-11-20T23:59:59Z' });
    expect(again.night).toEqual(first.night);
    expect(again.said).toEqual([`${first.dir}: this night is done; nothing is sent`]);
    const next = await play(folder, { instant: '2026-11-21T00:00:01Z', dryRun: true });
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

  it('that is only tried writes nothing and sends nothing, and says what it would do', async () => {
    const { folder, audit } = world;
    restore(fresh, folder);
    const [asked, before] = [audit.length, readAll(folder)];
    const { night, exitCode, said } = await play(folder, { dryRun: true, requests: 100 });
    expect([night.verdict, night.why, exitCode]).toEqual([
      'kept',
      'a dry run: nothing was sent',
      0,
    ]);
    expect(said[0]).toMatch(/^100 of 400 requests of /);
    expect(said[1]).toMatch(
      /^measure and judge them in .*, about \$0\.\d+ by the forecast, no budget/,
    );
    expect(readAll(folder)).toEqual(before);
    expect(audit).toHaveLength(asked);
  });

  it.each([
    ['an empty log', 'log.jsonl', '', /log\.jsonl: there is no request in it/],
    ['a log of something else', 'log.jsonl', '%PDF-1.7\n\u0000\u0001', /log\.jsonl:1: /],
    ['an empty policy', 'routes.yaml', '', /routes\.yaml: the file is empty/],
    ['a policy that is none', 'routes.yaml', 'rules: [', /routes\.yaml/],
    ['a damaged arb.yaml', 'arb.yaml', 'targets: {', /arb\.yaml/],
  ])('with %s sends and leaves nothing', async (_, name, text, message) => {
    const { folder, audit } = world;
    restore(fresh, folder);
    writeFileSync(join(folder, name), text);
    const [asked, before] = [audit.length, readAll(folder)];
    const failed = play(folder);
    await expect(failed).rejects.toThrow(UsageError);
    await expect(failed).rejects.toThrow(message);
    expect(readAll(folder)).toEqual(before);
    expect(readdirSync(folder, { recursive: true })).not.toContain(
      join('reports', whole.dir.split('/').at(-1) ?? ''),
    );
    expect(audit).toHaveLength(asked);
  });

  it('whose deployed policy goes to a target that arb.yaml has no more says so before anything is sent', async () => {
    const { folder, audit } = world;
    restore(fresh, folder);
    const policy = (files['/routes.yaml'] ?? '').replaceAll('strong', 'retired');
    writeFileSync(join(folder, 'routes.yaml'), policy.replace(/^id: .*/m, 'id: none'));
    const asked = audit.length;
    await expect(play(folder)).rejects.toThrow(
      /goes to retired, which is no target of .*arb\.yaml/,
    );
    expect(audit).toHaveLength(asked);
  });

  it('says that the deployed policy was edited by hand', async () => {
    const { folder } = world;
    restore(fresh, folder);
    const edited = (files['/routes.yaml'] ?? '').replace('use: cheap', 'use: strong');
    writeFileSync(join(folder, 'routes.yaml'), edited);
    const { said } = await play(folder, { dryRun: true });
    expect(said[0]).toMatch(/^warning: .*routes\.yaml: .*was edited after it was named sha256-/);
  });

  it('of a log with damaged lines counts them and names the first', async () => {
    const { folder } = world;
    restore(fresh, folder);
    const log = join(folder, 'log.jsonl');
    writeFileSync(log, `{"prompt":\n${readFileSync(log, 'utf8')}not a line\n`);
    const { said } = await play(folder, { dryRun: true });
    expect(said[0]).toBe(`400 of 400 requests of ${log}`);
    expect(said[1]).toMatch(/^warning: 2 lines are no requests and are left out: .*log\.jsonl:1: /);
  });

  it.each(['routes.yaml.tmp', 'nightly.json.tmp', 'report.html.tmp'])(
    'whose disk is full at %s is stopped in words, and ends as it would have once there is room',
    async (name) => {
      const { folder, audit } = world;
      restore(measured, folder);
      const asked = audit.length;
      disk.full = name;
      const failed = play(folder);
      await expect(failed).rejects.toThrow(StorageError);
      await expect(failed).rejects.toThrow(
        /cannot be written \(ENOSPC.*Make room and run the same/,
      );
      disk.full = undefined;
      expect((await play(folder)).night).toEqual(whole.night);
      expect(readAll(folder)).toEqual(files);
      expect(audit).toHaveLength(asked);
    },
  );

  it.each([
    ['was cut off before it was decided', { verdict: 'started', accepted: false }],
    ['was not decided, as the targets failed', { verdict: 'kept', exit_code: 5, accepted: false }],
  ])('is not held against a night that %s', async (_, ended) => {
    const { folder } = world;
    restore(measured, folder);
    const { night, dir } = await play(folder);
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, invalid: [] }));
    const plan = async () => {
      const { said } = await play(folder, { instant: '2026-11-21T03:00:00Z', dryRun: true });
      return said.find((text) => /accepted/.test(text));
    };
    expect(await plan()).toBe(`hold them against 1 accepted night: ${dir}`);
    writeFileSync(join(dir, 'nightly.json'), JSON.stringify({ ...night, ...ended }));
    expect(await plan()).toMatch(/^no night was accepted yet/);
    const failed = { kind: 'gate', verdict: 'FAIL', accepted: false };
    writeFileSync(join(dir, 'nightly.json'), JSON.stringify(night));
    writeFileSync(join(dir, 'gate.json'), JSON.stringify(failed));
    expect(await plan()).toMatch(/^no night was accepted yet/);
  });
});
