import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arb, codeOfBench, folderWith } from '../harness.test.helper.ts';

/** A server whose alias stands for another model after the tenth answer. */
let server: Server;
let folder: string;
let answers = 0;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    await text(request);
    answers += 1;
    const model = answers <= 10 ? 'chat-2026-05-01' : 'chat-2026-08-01';
    const chunk = (more: object) => `data: ${JSON.stringify({ id: 'c', model, ...more })}\n\n`;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ choices: [{ index: 0, delta: { content: '7' } }] }));
    response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
    response.write(chunk({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 1 } }));
    response.end('data: [DONE]\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const lines = Array.from({ length: 20 }, (_, index) =>
    JSON.stringify({
      id: `r-${index}`,
      prompt: `What is 3 + 4? (${index})`,
      expect: { exact: '7' },
    }),
  );
  folder = folderWith({ 'w.jsonl': lines.join('\n') });
  const entry = `{provider: openai-compatible, base_url: "http://127.0.0.1:${port}/v1", model: chat, price: {input: 1, output: 1}}`;
  writeFileSync(join(folder, 'arb.yaml'), `targets:\n  alias: ${entry}\n`);
  const judge = entry.replace(/}$/, ', maker: z, role: judge}');
  const judged = `targets:\n  alias: ${entry}\n  judge: ${judge}\nquality: {judges: [judge]}\n`;
  writeFileSync(join(folder, 'judge.yaml'), judged);
  const open = lines.map((line) => JSON.stringify({ ...JSON.parse(line), expect: undefined }));
  writeFileSync(
    join(folder, 'open.jsonl'),
    open.map((line) => line.replace('}', ', "recorded": {"answer": "It is 7."}}')).join('\n'),
  );
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('a model that changes under an alias (langchain-ai/openwiki 85) is said by bench, in the manifest, by recommend and by check', async () => {
  answers = 0;
  const [run, config] = [join(folder, 'run'), join(folder, 'arb.yaml')];
  const bench = await arb(['bench', join(folder, 'w.jsonl'), '--config', config, '--out', run]);
  expect(codeOfBench(bench)).toBe(0);
  expect(bench.stderr).toContain(
    'alias: the served model changed within the run: chat-2026-05-01, then chat-2026-08-01.',
  );
  const manifest = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8'));
  const counts = { 'chat-2026-05-01': 10, 'chat-2026-08-01': 10 };
  expect(manifest.served_models).toEqual({ alias: counts });
  const said =
    'warning: alias was served by 2 models, and its figures mix them: chat-2026-05-01 (10), chat-2026-08-01 (10)';
  const policy = join(folder, 'routes.yaml');
  const decided = await arb(['recommend', run, '--no-certify', '--out', policy]);
  expect(decided.stderr).toContain(said);
  expect((await arb(['check', policy, run])).stderr).toContain(said);
});

it('a judge whose model changes under its alias (etalab-ia/evalap 138) is said, and counted in the manifest', async () => {
  const [run, config] = [join(folder, 'judged'), join(folder, 'judge.yaml')];
  answers = -20;
  const bench = await arb(['bench', join(folder, 'open.jsonl'), '--config', config, '--out', run]);
  expect(bench.stderr).toContain(
    'warning: judge: the served model changed within the run: chat-2026-05-01, then chat-2026-08-01.',
  );
  const { served_models } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8'));
  expect(served_models.alias).toEqual({ 'chat-2026-05-01': 20 });
  expect(Object.keys(served_models.judge)).toEqual(['chat-2026-05-01', 'chat-2026-08-01']);
});
