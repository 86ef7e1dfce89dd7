import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../errors.ts';
import { makeWorld, playNight, readAll, restore } from './night.test.helper.ts';

describe('a night', () => {
  let world: Awaited<ReturnType<typeof makeWorld>>;
  const fresh = mkdtempSync(join(tmpdir(), 'arb-night-fresh-'));
  const done = mkdtempSync(join(tmpdir(), 'arb-night-done-'));
  let whole: Awaited<ReturnType<typeof playNight>>;
  let files: Record<string, string>;

  beforeAll(async () => {
    world = await makeWorld();
    const { folder } = world;
    cpSync(folder, fresh, { recursive: true });
    whole = await playNight(folder);
    cpSync(folder, done, { recursive: true });
    files = readAll(folder);
    return () => world.sim.close();
  }, 120_000);

  it('that is only tried writes nothing and sends nothing, and says what it would do', async () => {
    const { folder, audit } = world;
    restore(fresh, folder);
    const [asked, before] = [audit.length, readAll(folder)];
    const { night, exitCode, said } = await playNight(folder, { dryRun: true, requests: 100 });
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
    const failed = playNight(folder);
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
    await expect(playNight(folder)).rejects.toThrow(
      /goes to retired, which is no target of .*arb\.yaml/,
    );
    expect(audit).toHaveLength(asked);
  });

  it('says that the deployed policy was edited by hand', async () => {
    const { folder } = world;
    restore(fresh, folder);
    const edited = (files['/routes.yaml'] ?? '').replace('use: cheap', 'use: strong');
    writeFileSync(join(folder, 'routes.yaml'), edited);
    const { said } = await playNight(folder, { dryRun: true });
    expect(said[0]).toMatch(/^warning: .*routes\.yaml: .*was edited after it was named sha256-/);
  });

  it('of a log with damaged lines counts them and names the first', async () => {
    const { folder } = world;
    restore(fresh, folder);
    const log = join(folder, 'log.jsonl');
    writeFileSync(log, `{"prompt":\n${readFileSync(log, 'utf8')}not a line\n`);
    const { said } = await playNight(folder, { dryRun: true });
    expect(said[0]).toBe(`400 of 400 requests of ${log}`);
    expect(said[1]).toMatch(/^warning: 2 lines are no requests and are left out: .*log\.jsonl:1: /);
  });

  it.each([
    ['was cut off before it was decided', { verdict: 'started', accepted: false }],
    ['was not decided, as the targets failed', { verdict: 'kept', exit_code: 5, accepted: false }],
  ])('is not held against a night that %s', async (_, ended) => {
    const { folder } = world;
    restore(done, folder);
    const { night, dir } = whole;
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, invalid: [] }));
    const plan = async () => {
      const { said } = await playNight(folder, { instant: '2026-11-21T03:00:00Z', dryRun: true });
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
