import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeApp, findApp, fingerprint } from './app.ts';
import { inputTokens, readFeatures } from './features.ts';
import { readWorkload, refuseInvalid, rereadWorkload, surveyWorkload } from './read.ts';
import { loadForecast } from './tokens.ts';

function fileOf(...lines: string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'arb-')), 'w.jsonl');
  writeFileSync(file, lines.join('\n'));
  return file;
}

async function faultsIn(...lines: string[]): Promise<string[]> {
  const survey = await surveyWorkload(fileOf(...lines));
  return survey.invalid.map((error) => `${error.line}: ${error.what}`);
}

const user = (content: string) => ({ messages: [{ role: 'user', content }] });

describe('reading a workload', () => {
  it('reads the example of the contract with everything in it', async () => {
    const [request] = await Array.fromAsync(readWorkload('fixtures/contract/workload.jsonl'));
    expect(request).toMatchObject({
      id: 'r-17',
      at: 81_234,
      task: 'summarize',
      session: 's-9',
      metadata: { app: 'support', region: 'eu' },
      expect: [{ choice: 'B', of: ['A', 'B', 'C'] }],
      recorded: { target: 'gpt-4o', cost: 0.0043, latency: 1_430 },
    });
  });

  it('takes a bare prompt, an OpenAI Batch line and nulls as not known', async () => {
    const file = fileOf(
      '{"kind":"workload","version":1,"arb":"0.1.0"}',
      '{"prompt":"Hi","task":null,"weight":null}',
      '{"custom_id":"b-1","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}],"stream":true}}',
    );
    const [bare, batch] = await Array.fromAsync(readWorkload(file));
    expect(bare).toEqual({ id: 'line-2', line: 2, metadata: {}, expect: [], body: user('Hi') });
    expect(batch).toMatchObject({ id: 'b-1', body: user('Hi'), recorded: { target: 'gpt-4o' } });
    expect(batch?.body).not.toHaveProperty('stream');
  });

  it('reports every bad line with its number, and reads the others', async () => {
    const faults = await faultsIn(
      '{"prompt":"fine","id":"a"}',
      '{"prompt":"again","id":"a"}',
      '{"prompt": broken',
      '{"request":{"messages":[]}}',
      '{"request":{}}',
      '{"prompt":"x","tsk":"chat"}',
      '{"prompt":"x","expect":{"choise":"B","of":["A","B"]}}',
      '{"prompt":"x","expect":{"regex":"("}}',
      '{"prompt":"fine"}',
    );
    expect(faults.map((fault) => fault.slice(0, 2))).toEqual([
      '2:',
      '3:',
      '4:',
      '5:',
      '6:',
      '7:',
      '8:',
    ]);
    expect(faults[0]).toContain('the id "a" is already used at line 1');
    expect(faults[1]).toContain('not valid JSON');
    expect(faults[2]).toContain('needs at least one message');
    expect(faults[4]).toContain('unknown key "tsk"; did you mean "task"?');
    expect(faults[5]).toContain('did you mean "choice"?');
    expect(faults[6]).toContain('not a valid regular expression');
  });

  it('reads a surveyed file again as the first time, without what was bad', async () => {
    const file = fileOf(
      '{"kind":"workload","version":1,"arb":"0.1.0"}',
      '{"prompt":"Hi","task":null,"id":"a","metadata":{"tier":"gold","by":null}}',
      '',
      '{"prompt":"again","id":"a"}',
      '{"prompt": broken',
      '{"custom_id":"b-1","body":{"top_p":0.5,"model":"m","messages":[{"content":"é","role":"user","name":"n"}],"tools":null}}',
      '{"prompt":"x","tsk":"chat"}',
      '{"request":{"messages":[{"role":"user","content":[{"type":"text","text":"t"}]}]},"expect":[{"exact":"y"}],"recorded":{"target":"m","answer":"y","cost_usd":0.1,"ttft_ms":null},"at_ms":5,"session":"s","weight":2}',
    );
    const survey = await surveyWorkload(file);
    const again = (await Array.fromAsync(rereadWorkload(survey))).flat();
    expect(again.map(({ line }) => line)).toEqual([2, 6, 8]);
    expect(again).toEqual(await Array.fromAsync(readWorkload(file)));
  });

  it('does not go on with a file that has changed since it was checked', async () => {
    const file = fileOf('{"prompt":"x"}');
    const survey = await surveyWorkload(file);
    appendFileSync(file, '\n{"prompt":"y"}');
    await expect(Array.fromAsync(rereadWorkload(survey))).rejects.toThrow(
      /w.jsonl: has changed since it was checked. Start again/,
    );
  });

  it('names the file that is missing or empty, and what to do', async () => {
    await expect(surveyWorkload('nowhere.jsonl')).rejects.toThrow(
      /nowhere.jsonl: there is no such file/,
    );
    await expect(surveyWorkload(fileOf(''))).rejects.toThrow(/there is no request in it. Give/);
  });

  it('refuses bad lines unless told to skip them', async () => {
    const survey = await surveyWorkload(fileOf('{"prompt":"x"}', '{'));
    expect(survey.requests).toBe(1);
    expect(() => refuseInvalid(survey)).toThrow(/w.jsonl:2: .*--skip-invalid/);
  });

  it('keeps a character whole that is split between two reads of the file', async () => {
    const text = `${'a'.repeat((1 << 20) - 20)}é`;
    const [request] = await Array.fromAsync(readWorkload(fileOf(JSON.stringify({ prompt: text }))));
    expect(request?.body.messages[0]?.content).toBe(text);
  });
});

describe('features', () => {
  it('counts input_tokens as bytes of the texts over four, rounded up', () => {
    expect(inputTokens(user('abcd'))).toBe(1);
    expect(inputTokens(user('abcde'))).toBe(2);
    expect(inputTokens(user('éé'))).toBe(1);
    const parts = [
      { type: 'text', text: 'abcd' },
      { type: 'image_url', image_url: { url: `data:${'x'.repeat(999)}` } },
    ];
    expect(inputTokens({ messages: [{ role: 'user', content: parts }] })).toBe(1);
    // {"a":1} is 7 bytes of compact JSON: 4 + 9 ([{"a":1}]) + 7 = 20.
    expect(inputTokens({ ...user('abcd'), tools: [{ a: 1 }], response_format: { a: 1 } })).toBe(5);
  });

  it('shows what a gateway can see', () => {
    const body = {
      messages: [
        { role: 'system', content: 'You are a helper.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: [{ type: 'image_url' }] },
      ],
      tools: [{}],
      response_format: { type: 'json_object' },
    };
    const features = readFeatures({ task: 'chat', metadata: { region: 'eu', vip: true }, body });
    expect(features).toMatchObject({
      ...{ task: 'chat', 'metadata.region': 'eu', 'metadata.vip': 'true' },
      ...{ tools: true, json: true, vision: true, turns: 2 },
    });
    expect(features.app).toMatch(/^app-[0-9a-f]{8}$/);
  });

  it('gives one app to a template filled with other dates, ids, numbers and addresses', () => {
    const a = fingerprint('Today is 3 March 2026. Ticket 4f9a2b7c11 of jo@x.org, order 17.');
    const b = fingerprint('Today is 14 May 2027. Ticket 99bb07aa1c of mia@mail.co, order 1,204.');
    expect(a).toBe(b);
    expect(fingerprint('You are a lawyer.')).not.toBe(fingerprint('You are a doctor.'));
    expect(findApp({ metadata: {}, body: user('Hi') })).toBeUndefined();
  });

  it('takes the tools for a part of the app, in whatever order, and names an app by its text', () => {
    const tool = (name: string) => ({ type: 'function', function: { name } });
    const body = (names: string[], system?: string) => ({
      ...user('Hi'),
      ...(system && { messages: [{ role: 'system', content: system }, ...user('Hi').messages] }),
      tools: names.map(tool),
    });
    const app = (...given: Parameters<typeof body>) =>
      findApp({ metadata: {}, body: body(...given) });
    expect(app(['a', 'b'])).toBe(app(['b', 'a']));
    expect(
      new Set([app(['a']), app(['b']), app(['a'], 'You help.'), app([], 'You help.')]).size,
    ).toBe(4);
    const named = (system: string) => describeApp({ body: body(['find'], system) });
    expect(named('You are a support agent for Acme. Be kind.')).toBe('support agent for Acme');
    expect(named('# Übersetze den folgenden Text aus dem Deutschen ins Englische')).toBe(
      'Übersetze den folgenden Text aus dem...',
    );
    expect(named('')).toBe('tools find');
  });

  it('forecasts with o200k_base, another count than the feature', async () => {
    const forecast = await loadForecast();
    // "Hello world" is two tokens in o200k_base.
    expect(forecast(user('Hello world'))).toBe(2);
    expect(inputTokens(user('Hello world'))).toBe(3);
  });
});

describe('limits of a workload', () => {
  const tooDeep = JSON.stringify({ prompt: 'Hi' }).replace(
    '"Hi"',
    `"Hi","extensions":${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
  );

  it('a line that is nested too deep, or an id with half of a character, is an error of its line', async () => {
    expect(await faultsIn(tooDeep)).toEqual([expect.stringContaining('1: nested more than 64')]);
    for (const name of ['id', 'task', 'session', 'group']) {
      const line = JSON.stringify({ prompt: 'Hi', [name]: 'a\n::error::b' });
      expect(await faultsIn(line)).toEqual([expect.stringContaining(`1: ${name}: has control`)]);
    }
    expect(await faultsIn('{"id":"a\\ud800","prompt":"Hi"}')).toEqual([
      expect.stringContaining('half of a character'),
    ]);
    expect(await faultsIn(`{"prompt":${JSON.stringify('{['.repeat(500))}}`)).toEqual([]);
  });

  it('a line of more than 64 MB is refused with its number', async () => {
    const file = fileOf('{"prompt":"Hi"}', `{"prompt":"${'x'.repeat(65 * 2 ** 20)}"}`);
    await expect(surveyWorkload(file)).rejects.toThrow(/w.jsonl:2: the line has more than 64 MB/);
  });

  it('a long run of one letter is counted piece by piece', async () => {
    const forecast = await loadForecast();
    const counted = forecast({ messages: [{ role: 'user', content: 'a'.repeat(200_000) }] });
    // Eight letters are one token.
    expect(Math.abs(counted - 25_000)).toBeLessThan(300);
  });
});
