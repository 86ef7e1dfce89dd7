import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WorkloadError } from '../errors.ts';
import { type RunningCassette, startCassette } from './cassette.ts';
import type { AuditRow } from './server/audit.ts';

const cost = 0.0041519999999999994;
const workload = [
  { id: 'one', prompt: 'What is one and one?' },
  { id: 'two', request: { messages: [{ role: 'user', content: 'Naïve?' }], temperature: 0 } },
];
const answers = [
  {
    request_id: 'one',
    target: 'meta/llama-2',
    answer: 'It is two, näturally 😀.\n',
    cost_usd: cost,
    published_quality: 1,
  },
  { request_id: 'one', target: 'small', answer: 'Three.', cost_usd: 0.001 },
  { request_id: 'two', target: 'small', answer: 'Yes.' },
];

let folder = '';
let running: RunningCassette | undefined;
let rows: AuditRow[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arb-cassette-'));
});

afterEach(async () => {
  await running?.close();
  running = undefined;
  await rm(folder, { recursive: true });
});

async function open(
  lines: readonly object[],
  recorded: readonly object[],
): Promise<RunningCassette> {
  rows = [];
  const [workloadPath, answersPath] = [join(folder, 'w.jsonl'), join(folder, 'a.jsonl')];
  const write = (path: string, all: readonly object[]) =>
    writeFile(path, all.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await Promise.all([write(workloadPath, lines), write(answersPath, recorded)]);
  running = await startCassette({
    answersPath,
    workloadPath,
    port: 0,
    onAudit: (row) => rows.push(row),
  });
  return running;
}

const ask = (path: string, body: object) =>
  fetch(`${running?.url}${path}/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
const messages = [{ role: 'user', content: 'What is one and one?' }];

describe('a cassette', () => {
  it('streams the recorded answer with exactly the recorded cost', async () => {
    await open(workload, answers);
    const body = {
      model: 'meta/llama-2',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    };
    const text = await (await ask('/v1', body)).text();
    const chunks = text
      .split('\n\n')
      .filter((event) => event.startsWith('data: {'))
      .map((event) => JSON.parse(event.slice(6)));
    const contents = chunks.flatMap(({ choices }) =>
      choices.map((choice: { delta: { content?: string } }) => choice.delta.content ?? ''),
    );
    expect(contents.join('')).toBe(answers[0]?.answer);
    expect(contents.filter((part) => part !== '')).toHaveLength(4);
    expect(chunks.at(-1).usage.cost).toBe(cost);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(running?.bill().targets['meta/llama-2']?.billed_usd).toBe(cost);
    expect(rows[0]).toMatchObject({ request_id: 'one', attempt: 1, reported_usd: cost });
  });

  it('takes the target from the path too, slashes and all', async () => {
    await open(workload, answers);
    for (const path of ['/meta/llama-2/v1', '/meta%2Fllama-2/v1']) {
      const answer = await ask(path, { model: 'whatever', messages });
      const body = (await answer.json()) as {
        choices: [{ message: { content: string } }];
        usage: { cost: number };
      };
      expect(body.choices[0].message.content).toBe(answers[0]?.answer);
      expect(body.usage.cost).toBe(cost);
    }
  });

  it('reports no cost where none was recorded', async () => {
    await open(workload, answers);
    const naive = [{ role: 'user', content: 'Naïve?' }];
    const body = (await (await ask('/v1', { model: 'small', messages: naive })).json()) as {
      usage: object;
    };
    expect(body.usage).not.toHaveProperty('cost');
  });

  it('says which answer it does not have', async () => {
    await open(workload, answers);
    const naive = [{ role: 'user', content: 'Naïve?' }];
    const cases = [
      [{ model: 'smal', messages }, 'Did you mean "small"?'],
      [{ model: 'small', messages: [{ role: 'user', content: 'new' }] }, 'not in the workload'],
      [
        { model: 'meta/llama-2', messages: naive },
        '"meta/llama-2" has no recorded answer to "two"',
      ],
    ] as const;
    for (const [body, message] of cases) {
      const answer = await ask('/v1', body);
      expect(answer.status).toBe(404);
      expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(
        message,
      );
    }
  });

  it('lists its targets', async () => {
    const { url, targets } = await open(workload, answers);
    const list = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(list.data.map(({ id }) => id)).toEqual(targets);
    expect(targets).toEqual(['meta/llama-2', 'small']);
  });

  it('refuses two requests that ask the same and were answered differently, naming both', async () => {
    const twin = { id: 'twin', prompt: 'What is one and one?' };
    const other = { request_id: 'twin', target: 'small', answer: 'Two.', cost_usd: 0.001 };
    const opened = open([...workload, twin], [...answers, other]);
    await expect(opened).rejects.toThrow(WorkloadError);
    await expect(opened).rejects.toThrow(/w\.jsonl:3: "twin" asks the same as "one"/);
  });

  it('names the line of an answer that is none', async () => {
    await expect(open(workload, [...answers, { target: 'small' }])).rejects.toThrow(
      /a\.jsonl:4: request_id/,
    );
  });

  it('names a file that is not there', async () => {
    const path = join(folder, 'missing.jsonl');
    const started = startCassette({ answersPath: path, workloadPath: path, port: 0 });
    await expect(started).rejects.toThrow(/cannot read .*missing\.jsonl.*Check the path/);
  });
});
