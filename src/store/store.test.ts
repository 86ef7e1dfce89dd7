import { on, once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../replay/event/reservation.ts';
import { writeAtomic } from './file/atomic.ts';
import { cutTornLine, Journal } from './file/journal.ts';
import { listRuns } from './find-runs.ts';
import { openLedger } from './ledger/ledger.ts';
import { makeManifest } from './manifest.test.helper.ts';
import { readResumeState } from './resume-state.ts';
import { readAnswers, readOutcomeFile, readOutcomeRows } from './rows.ts';
import { makeFreshRunDirectory, RunWriter, readManifest, writeManifest } from './run.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'arb-'));

const manifest = makeManifest({
  state: 'running',
  name: 'test',
  started_at: '2026-11-20T01:00:00.000Z',
});
const outcome = { request_id: 'r', target: 't', pass: 1, status: 'ok' as const };

describe('a journal', () => {
  it('goes on after a line torn by a kill, without the torn line', () => {
    const file = join(folder(), 'rows.jsonl');
    const first = Journal.open(file, { kind: 'rows', version: 1 });
    first.add({ n: 1 });
    first.close();
    appendFileSync(file, '{"n":2,"half":"wri');
    const second = Journal.open(file, { kind: 'rows', version: 1 });
    second.add({ n: 3 });
    second.close();
    expect(readFileSync(file, 'utf8')).toBe('{"kind":"rows","version":1}\n{"n":1}\n{"n":3}\n');
  });

  it('finds the last whole line across blocks of the file', () => {
    const file = join(folder(), 'long.jsonl');
    writeFileSync(file, `whole\n${'x'.repeat(200_000)}`);
    cutTornLine(file);
    expect(readFileSync(file, 'utf8')).toBe('whole\n');
    writeFileSync(file, 'never ended');
    cutTornLine(file);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('has on disk what was flushed before the process dies', () => {
    const file = join(folder(), 'rows.jsonl');
    const journal = Journal.open(file, { kind: 'rows', version: 1 });
    journal.add({ n: 1 });
    journal.flush();
    expect(readFileSync(file, 'utf8')).toContain('{"n":1}\n');
    journal.close();
  });
});

describe('a run directory', () => {
  it('by default is one that nobody else has, even where two are made at once', () => {
    const wanted = join(mkdtempSync(join(tmpdir(), 'arb-store-')), 'reports', '2026-11-20-bench');
    const made = [1, 2, 3].map(() => makeFreshRunDirectory(wanted));
    expect(made).toEqual([wanted, `${wanted}-2`, `${wanted}-3`]);
  });

  it('never writes over a run that is there', () => {
    const dir = join(folder(), 'run');
    RunWriter.create(dir, manifest).close();
    expect(() => RunWriter.create(dir, manifest)).toThrow(/there is a run already.*--resume/);
  });

  it('reads back its rows, before and after it is resumed', async () => {
    const dir = join(folder(), 'run');
    const first = RunWriter.create(dir, manifest);
    first.addSettled({ outcome });
    first.close();
    const second = RunWriter.resume(dir, manifest);
    second.addSettled({ outcome: { ...outcome, request_id: 's' } });
    second.close();
    const rows = await Array.fromAsync(readOutcomeRows(dir));
    expect(rows.map((row) => row.request_id)).toEqual(['r', 's']);
  });

  it('reads on without a last line that a kill tore, and refuses one in the middle', async () => {
    const dir = join(folder(), 'run');
    const writer = RunWriter.create(dir, manifest);
    writer.addSettled({ outcome });
    writer.close();
    const file = join(dir, 'outcomes.jsonl');
    appendFileSync(file, '{"request_id":"s","tar');
    expect((await Array.fromAsync(readOutcomeRows(dir))).length).toBe(1);
    expect((await readResumeState(dir)).done('r', 't', 1)).toBe(true);
    await expect(Array.fromAsync(readOutcomeFile(file))).rejects.toThrow(/:3: not valid JSON/);
    appendFileSync(file, '\n');
    await expect(Array.fromAsync(readOutcomeRows(dir))).rejects.toThrow(/:3: not valid JSON/);
  });

  it('counts what was begun twice under one name and ended once at its worst price', async () => {
    const dir = join(folder(), 'run');
    const writer = RunWriter.create(dir, manifest);
    const sent = { request_id: 'r', target: 't', pass: 1, attempt: 1 };
    const ledger = openLedger(dir, '0.1.0');
    for (const number of [1, 2]) {
      const entry: LedgerEntry = { number, reservations: [{ ...sent, worst_usd: 0.5 }] };
      ledger.port.postMessage(entry);
    }
    // Both may be answered as one.
    for await (const [receipt] of on(ledger.port, 'message')) if (receipt.number === 2) break;
    await ledger.close();
    const waits = { lag_ms: 0, queue_ms: 0, limit_ms: 0, backoff_ms: 0, connect_ms: 0 };
    writer.addAttempt({
      ...sent,
      ...waits,
      intended_ms: 0,
      sent_ms: 0,
      latency_ms: 1,
      cost_usd: 0.1,
      status: 'server-error',
      error: '503',
    });
    writer.close();
    const earlier = await readResumeState(dir);
    expect(earlier.inDoubt).toBe(1);
    expect(earlier.spent.t).toBeCloseTo(0.6, 12);
  });

  it('says why its reservations cannot be kept', async () => {
    const ledger = openLedger(join(folder(), 'nowhere'), '0.1.0');
    await once(ledger.port, 'close');
    await expect(ledger.close()).rejects.toThrow(/ENOENT.*reservations.jsonl/);
  });

  it('lists the newest run first, and says where there is none', () => {
    const reports = folder();
    RunWriter.create(join(reports, 'old'), manifest).close();
    const newer = { ...manifest, started_at: '2026-11-21T01:00:00.000Z', name: 'newer' };
    RunWriter.create(join(reports, 'new'), newer).close();
    expect(listRuns(reports).map((run) => run.manifest.name)).toEqual(['newer', 'test']);
    writeManifest(join(reports, 'new'), { ...newer, state: 'complete' });
    expect(readManifest(join(reports, 'new')).state).toBe('complete');
    expect(() => readManifest(reports)).toThrow(/manifest.json: no run here/);
    expect(listRuns(join(reports, 'nowhere'))).toEqual([]);
  });

  it('leaves the old text in place until the new one is whole', () => {
    const file = join(folder(), 'a', 'routes.yaml');
    writeAtomic(file, 'old');
    writeAtomic(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
  });
});

it('rows are never led out of a run by a link that came with it', () => {
  const dir = folder();
  const elsewhere = join(folder(), 'profile');
  writeFileSync(elsewhere, 'mine\n');
  symlinkSync(elsewhere, join(dir, 'labels.jsonl'));
  const open = () => Journal.open(join(dir, 'labels.jsonl'), { kind: 'labels', version: 1 });
  expect(open).toThrow(/labels\.jsonl: is a symbolic link/);
  expect(readFileSync(elsewhere, 'utf8')).toBe('mine\n');
});

it('a row with U+2028 in a text is one row, as JSON has it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'arb-lines-'));
  const answer = {
    request_id: 'a',
    target: 't',
    pass: 1,
    answer: 'one\u2028two\u2029three\u0085four',
  };
  const rows = [{ kind: 'answers', version: 1 }, answer];
  writeFileSync(
    join(folder, 'answers.jsonl'),
    rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  );
  expect(await Array.fromAsync(readAnswers(folder))).toEqual([answer]);
});
