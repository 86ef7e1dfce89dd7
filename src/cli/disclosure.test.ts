import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest, Outcome } from '../index.ts';
import { arb, folderWith } from './harness.test.helper.ts';

/** A provider of which every byte that reaches its socket is kept. */
interface Watched {
  readonly server: Server;
  readonly url: string;
  heard: string;
}

const message = { role: 'assistant', content: '{"verdict": "tie", "score": 5}' };
const body = JSON.stringify({
  choices: [{ index: 0, message, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
});
const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

async function watch(): Promise<Watched> {
  const server = createServer((socket) => {
    let request = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      watched.heard += bytes.toString();
      request += bytes.toString();
      const head = request.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? Infinity);
      if (head < 4 || Buffer.byteLength(request.slice(head)) < length) return;
      request = '';
      socket.write(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const watched: Watched = { server, url, heard: '' };
  return watched;
}

const names = ['home', 'abroad', 'anywhere', 'public', 'resold', 'judge-eu', 'judge-us'] as const;
type Name = (typeof names)[number];
let providers: Record<Name, Watched>;
let run: string;
let folder: string;

/** What each request says of itself, and the word by which its text is known on a socket. */
const requests = [
  { id: 'plain', word: 'aardvark', metadata: {} },
  { id: 'eu', word: 'bandicoot', metadata: { region: 'eu' } },
  { id: 'secret', word: 'capybara', metadata: { data_class: 'secret' } },
];

beforeAll(async () => {
  const started = await Promise.all(names.map(async (name) => [name, await watch()] as const));
  providers = Object.fromEntries(started) as Record<Name, Watched>;
  const lines = requests.map(({ id, word, metadata }) =>
    JSON.stringify({
      ...{ id, prompt: `Tell me of the ${word}`, metadata },
      recorded: { target: 'old', answer: `a ${word} of old` },
    }),
  );
  const target = (name: Name, more: string) =>
    `  ${name}: {provider: openai-compatible, base_url: "${providers[name].url}", model: ${name}, maker: ${name}, price: {input: 1, output: 1}, ${more}}`;
  const config = [
    'targets:',
    target('home', 'region: eu, data: {classes: [public, secret]}'),
    target('abroad', 'region: us'),
    target('anywhere', 'region: [eu, us]'),
    target('public', 'region: eu, data: {classes: [public]}'),
    target('resold', 'region: eu, terms: {resale: forbidden, source: their terms}'),
    target('judge-eu', 'region: eu, data: {classes: [public]}, role: judge'),
    target('judge-us', 'region: us, role: judge'),
    'constraints: {residency: [{when: {metadata.region: [eu]}, regions: [eu]}]}',
    'quality: {baseline: recorded, judges: [judge-eu, judge-us]}',
  ];
  folder = folderWith({ 'w.jsonl': lines.join('\n'), 'arb.yaml': config.join('\n') });
  run = join(folder, 'run');
  const files = ['--config', join(folder, 'arb.yaml'), '--out', run];
  await arb(['bench', join(folder, 'w.jsonl'), ...files]);
});

afterAll(() => {
  for (const { server } of Object.values(providers)) server.close();
});

const wordsAt = (name: Name) =>
  requests.filter(({ word }) => providers[name].heard.includes(word)).map(({ id }) => id);

describe('what must not leave does not, by the bytes on the sockets', () => {
  it.each([
    ['home', ['plain', 'eu', 'secret']],
    ['abroad', ['plain', 'secret']],
    ['anywhere', ['plain', 'secret']],
    ['public', ['plain', 'eu']],
    ['judge-eu', ['plain', 'eu']],
    ['judge-us', ['plain', 'secret']],
  ] as const)('%s hears of %j and of nothing else', (name, heard) => {
    expect(wordsAt(name)).toEqual(heard);
  });

  it('a route whose terms forbid resale hears not a single byte', () => {
    expect(providers.resold.heard).toBe('');
  });

  it('each request that was kept back is a skipped cell with its reason', () => {
    const rows = readFileSync(join(run, 'outcomes.jsonl'), 'utf8').trim().split('\n').slice(1);
    const skipped = rows
      .map((row) => JSON.parse(row) as Outcome)
      .filter(({ status }) => status === 'skipped')
      .map(({ target, request_id, reason }) => `${target}/${request_id}: ${reason}`);
    expect(skipped.sort()).toEqual([
      'abroad/eu: it may be served in us, and must be in eu',
      'anywhere/eu: it may be served in us, and must be in eu',
      'public/secret: it is not cleared for data of class "secret"',
      'resold/eu: its terms forbid resale',
      'resold/plain: its terms forbid resale',
      'resold/secret: its terms forbid resale',
    ]);
  });

  it('the manifest counts what was disclosed to whom, by class', () => {
    const { disclosed } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')) as Manifest;
    expect(disclosed).toMatchObject({
      home: { unlabelled: 2, secret: 1 },
      abroad: { unlabelled: 1, secret: 1 },
      public: { unlabelled: 2 },
    });
    expect(disclosed).not.toHaveProperty('resold');
    expect(disclosed?.['judge-eu']).not.toHaveProperty('secret');
    expect(disclosed?.['judge-us']?.secret).toBeGreaterThan(0);
  });
});
