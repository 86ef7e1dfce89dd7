import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Night } from '../../../compare/night.ts';
import { parseMarket } from '../../../sim/market/market.ts';
import type { AuditRow } from '../../../sim/server/audit.ts';
import { startMarket } from '../../../sim/server/server.ts';
import type { CommandContext } from '../../context.ts';
import type { NightEvent } from './night-event.ts';
import { type NightMarket, toConfigTargets, toMarketFile } from './night-market.test.helper.ts';
import { nightly } from './nightly.ts';
import type { NightlyOptions } from './plan.ts';

export const requests = 400;
const models: NightMarket = {
  strong: { price: [3, 15], accuracy: 0.98 },
  cheap: { price: [0.3, 1.5], accuracy: 0.98 },
};
const market = parseMarket(JSON.stringify(toMarketFile(models, 0.001)), 'market.yaml');

/** A folder with the files of a night, and the market that its arb.yaml names. */
export async function makeWorld() {
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
  const config = {
    targets: toConfigTargets(models, sim.url),
    load: { mode: 'closed', concurrency: 4 },
    quality: { baseline: 'strong', floor: 'baseline-0.05' },
  };
  writeFileSync(join(folder, 'arb.yaml'), JSON.stringify(config));
  return { folder, audit, sim };
}

export const contextAt = (instant: string): CommandContext => ({
  env: {},
  now: () => new Date(instant),
  onInterrupt: () => () => undefined,
  process: 'shared',
});

export const tonight = '2026-11-20T03:00:00Z';

/** Plays a night in a folder to its end, or to where it dies; `at` sees every event. */
export async function playNight(
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
export function readAll(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    names.sort().map((name) => [name.slice(folder.length), readFileSync(name, 'utf8')]),
  );
}

/** A copy of a folder at the same place, as a night's name depends on its paths. */
export function restore(from: string, folder: string): void {
  rmSync(folder, { recursive: true });
  cpSync(from, folder, { recursive: true });
}
