import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkAnswer } from '../judge/check/check.ts';
import { toQualityKind } from '../judge/panel/pairwise.ts';
import { parseLine } from '../workload/line.ts';
import { arb, folderWith } from './harness.test.helper.ts';

describe('arb import --suggest-checks', () => {
  it('writes checks that the recorded answers meet, and says how often the other half does', async () => {
    const rows = Array.from({ length: 120 }, (_, at) => ({
      id: `r-${at}`,
      task: at % 2 ? 'sort' : 'chat',
      prompt: `Question ${at}`,
      recorded: { answer: at % 2 ? (['spam', 'ham'][(at >> 1) % 2] ?? '') : `Well, ${at} it is.` },
    }));
    const folder = folderWith({ 'log.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') });
    const out = join(folder, 'w.jsonl');
    const { code, stdout } = await arb([
      'import',
      join(folder, 'log.jsonl'),
      '--suggest-checks',
      '-o',
      out,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('checks were written for 60 of 120 requests');
    expect(stdout).toMatch(
      /sort: choice \(ham \| spam\), agreement with the recorded answer; (\d+) of \1 other/,
    );
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    const parsed = lines.map((line, at) => parseLine(line, at + 1));
    const kinds = parsed.map((each) => {
      if (each.state !== 'request') throw new Error(JSON.stringify(each));
      const { expect: wanted, recorded } = each.request;
      const result = checkAnswer(wanted, { answer: recorded?.answer ?? '' });
      return `${each.request.task} ${toQualityKind(wanted)} ${result?.quality}`;
    });
    expect([...new Set(kinds)].sort()).toEqual(['chat pairwise undefined', 'sort agreement 1']);
  });
});
