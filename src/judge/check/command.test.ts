import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { chat } from '../replay.test.helper.ts';
import { runCommand } from './command.ts';

const request = chat(0);

function run(script: string, timeoutMs = 5_000) {
  const command = [process.execPath, '-e', script] as const;
  const check = { command: [...command] as [string, ...string[]], timeoutMs, folder: tmpdir() };
  return runCommand('mine', check, { request, answer: { answer: 'An $(answer) of "mine"' } });
}

const readInput = 'const given = JSON.parse(require("fs").readFileSync(0, "utf8"));';

describe('an executable check', () => {
  it('reads the request and the answer, and says right by exit code 0', async () => {
    const right = await run(
      `${readInput} process.exit(given.answer.includes("$(answer)") && given.messages[0].content.startsWith("Question 0") ? 0 : 1)`,
    );
    expect(right).toEqual({ state: 'ran', quality: 1, by: 'check mine' });
  });

  it('says wrong by exit code 1, with its first line as the reason', async () => {
    const wrong = await run('console.log("line 3 fails\\nmore"); process.exit(1)');
    expect(wrong).toEqual({
      state: 'ran',
      quality: 0,
      by: 'check mine',
      why: 'check mine: line 3 fails',
    });
  });

  it('sees nothing of the environment', async () => {
    const empty = await run('console.log(Object.keys(process.env).join()); process.exit(1)');
    expect(empty).toMatchObject({ quality: 0, why: 'check mine' });
  });

  it('is ended with all it started when it takes too long, and the answer is wrong', async () => {
    const startedAt = performance.now();
    const late = await run(
      'require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "inherit" }); setTimeout(() => {}, 60000)',
      300,
    );
    expect(late).toMatchObject({ quality: 0, why: 'check mine: no end after 300 ms' });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it('that cannot run or ends oddly says nothing of the answer', async () => {
    expect(await run('process.exit(3)')).toEqual({
      state: 'broken',
      why: 'check mine: ended with exit code 3',
    });
    const absent = { command: ['/no/such/program'] as const, timeoutMs: 1_000, folder: tmpdir() };
    const input = { request, answer: { answer: 'x' } };
    const missing = await runCommand('gone', absent, input);
    expect(missing.state === 'broken' && missing.why).toContain('cannot find /no/such/program');
  });

  it('may leave a long answer unread', async () => {
    const command = [process.execPath, '-e', 'process.exit(0)'] as const;
    const result = await runCommand(
      'quick',
      { command, timeoutMs: 5_000, folder: tmpdir() },
      { request, answer: { answer: 'x'.repeat(2_000_000) } },
    );
    expect(result).toMatchObject({ quality: 1 });
  });
});
