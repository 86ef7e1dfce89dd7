import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arb, folderWith, type Ran } from '../../harness.test.helper.ts';

const key = 'sk-live/+77aa55cc-Zq';
const bytes = [...Buffer.from(key)];
const hex = bytes.map((byte) => byte.toString(16));
const HEX = hex.map((digits) => digits.toUpperCase());
const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const letters = [...key];
const back = [...key].reverse().join('');
const url = encodeURIComponent(key);
const codeUnits = (digits: readonly string[]) => digits.map((each) => `\\u00${each}`).join('');

/** 40 ways in which a provider may say a key again. */
const ways: readonly string[] = [
  key,
  key.toUpperCase(),
  key.toLowerCase(),
  back,
  `Bearer ${key}`,
  `'${key}'`,
  `${key}${key}`,
  letters.join(' '),
  letters.join('\n'),
  letters.join('-'),
  letters.join('\u200b'),
  url,
  encodeURIComponent(url),
  hex.map((each) => `%${each}`).join(''),
  HEX.map((each) => `%${each}`).join(''),
  hex.join(''),
  HEX.join(''),
  hex.join(' '),
  HEX.join(':'),
  hex.join('-'),
  hex.map((each) => `\\x${each}`).join(''),
  hex.map((each) => `0x${each}`).join(', '),
  codeUnits(hex),
  codeUnits(HEX),
  `&#${bytes.join(';&#')};`,
  `&#x${hex.join(';&#x')};`,
  bytes.join(','),
  bytes.join(' '),
  base64(key),
  base64url(key),
  base64(`Bearer ${key}`),
  base64url(`Bearer ${key}`),
  base64(`user:${key}`),
  base64(`user2:${key}:x`),
  base64(`me:${key}`),
  base64(`a:${key}/b`),
  base64(base64(key)),
  base64(back),
  JSON.stringify({ api_key: key }),
  JSON.stringify(JSON.stringify({ authorization: `Bearer ${key}` })),
];

const event = (json: object) => `data: ${JSON.stringify(json)}\n\n`;
const delta = (said: object, rest: object = {}) => event({ choices: [{ delta: said }], ...rest });
const stop = event({ choices: [{ delta: {}, finish_reason: 'stop' }] });
const counted = { prompt_tokens: 1, completion_tokens: 1 };
const stream = (...events: string[]) => ({
  status: 200,
  body: `${events.join('')}data: [DONE]\n\n`,
});
const failure = (message: string) => ({
  status: 400,
  body: JSON.stringify({ error: { message, code: message, type: message, param: message } }),
});

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly header?: string;
}

/** Where it may stand in an answer. */
const places: Readonly<Record<string, (said: string) => Reply>> = {
  content: (said) => stream(delta({ content: `It is ${said}.` }), stop),
  error: (said) => failure(`no such key: ${said}`),
  'content, a letter at a time': (said) =>
    stream(...[...said].map((each) => delta({ content: each })), stop),
  'an error that is cut': (said) => failure(`${'y'.repeat(298 - said.length / 2)}${said}`),
  reasoning: (said) => stream(delta({ reasoning: said }), delta({ content: 'a' }), stop),
  'an error of a gateway': (said) => ({ status: 502, body: `<html>${said}</html>` }),
  'a tool call': (said) =>
    stream(
      delta({ tool_calls: [{ index: 0, id: said, function: { name: said, arguments: said } }] }),
      stop,
    ),
  'an error in the stream': (said) => stream(event({ error: { message: said, code: said } })),
  usage: (said) =>
    stream(
      delta({ content: 'a' }),
      stop,
      event({ choices: [], usage: { ...counted, [said]: 1, a: [0, said], b: { c: said } } }),
    ),
  'what is no JSON': (said) => stream(`data: {${said}\n\n`),
  names: (said) => stream(delta({ content: 'a' }, { model: said, provider: said, id: said }), stop),
  'a redirect': (said) => ({ status: 307, body: said, header: said }),
  'a header and a comment': (said) => ({
    ...stream(`: ${JSON.stringify(said)}\n\n`, delta({ content: 'a' }), stop),
    header: said,
  }),
  'the reason to finish': (said) =>
    stream(event({ choices: [{ delta: { content: 'a' }, finish_reason: said }] })),
};

const cases = Object.keys(places).flatMap((place) => ways.map((_, way) => `${place}|${way}`));
/** Failures between successes, or the target would be given up. */
const inTurn = cases.toSorted((a, b) => Number(a.split('|')[1]) - Number(b.split('|')[1]));

let server: Server;
let folder: string;
let sent = 0;

function reply(response: ServerResponse, name: string): void {
  const [place = '', way = ''] = name.split('|');
  const { status, body, header }: Reply = places[place]?.(ways[Number(way)] ?? '') ?? failure('');
  const safe = header && /^[\x20-\x7e]+$/.test(header) ? header : undefined;
  response.writeHead(status, {
    'content-type': body.startsWith('data:') ? 'text/event-stream' : 'application/json',
    ...(safe && { location: `http://evil.example/${safe}`, 'x-portkey-provider': safe }),
  });
  response.end(body);
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    for await (const _ of request);
    if (request.headers.authorization === `Bearer ${key}`) sent += 1;
    reply(
      response,
      decodeURIComponent(String(request.headers['x-arb-request'])).split('/')[0] ?? '',
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const line = (id: string) => JSON.stringify({ id, prompt: 'hi', expect: { contains: ['a'] } });
  folder = folderWith({
    'w.jsonl': inTurn.map(line).join('\n'),
    'arb.yaml': `
defaults: {retries: {max: 0}}
targets:
  t: {provider: openai-compatible, base_url: "${base}", model: m, api_key_env: LIVE_KEY, price: {input: 1, output: 1}}
load: {concurrency: 4}
`,
  });
});
afterAll(() => server.close());

async function run(name: string, flags: readonly string[], terminal?: true): Promise<Ran> {
  const files = ['bench', join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml')];
  const world = { env: { LIVE_KEY: key }, ...(terminal && { terminal }) };
  return await arb([...files, '--out', join(folder, name), ...flags], world);
}

/** The key in the text as it is, or after any of the usual ways to write bytes as text is undone. */
function findKey(text: string): string | undefined {
  const needles = [key, back].flatMap((each) => [each, each.toLowerCase()]);
  const holds = (said: string) => {
    const plain = said.toLowerCase();
    return needles.some((each) => said.includes(each) || plain.includes(each));
  };
  const unescaped = text.replaceAll(/\\+(["\\/])/g, '$1');
  const hexadecimal = text.replaceAll(/(?:\\+u00|\\+x|0x|&#x|%25|%)([0-9a-f]{2})[;,]? ?/gi, '$1');
  const views: Record<string, string> = {
    plain: unescaped,
    joined: text.replaceAll(/\\n|[\s\u200b]|\\u200b/g, ''),
    dashed: text.replaceAll(/(.)-/g, '$1'),
    url: text.replaceAll(/%(25)*([0-9a-f]{2})/gi, (_, __, byte) =>
      String.fromCharCode(parseInt(byte, 16)),
    ),
    hex: hexadecimal.replaceAll(/([0-9a-f]{2})[ :,-]?/gi, (_, byte) =>
      String.fromCharCode(parseInt(byte, 16)),
    ),
    codes: text.replaceAll(/(?:&#)?\b(\d{2,3})(?:;|,|\b) ?/g, (_, code) =>
      String.fromCharCode(Number(code)),
    ),
  };
  for (const [view, said] of Object.entries(views)) if (holds(said)) return view;
  for (const [word] of unescaped.matchAll(/[A-Za-z0-9+/_-]{12,}/g)) {
    for (const from of [0, 1, 2, 3]) {
      const once = Buffer.from(word.slice(from), 'base64').toString('latin1');
      if (holds(once) || holds(Buffer.from(once, 'base64').toString('latin1')))
        return `base64: ${word}`;
    }
  }
  return undefined;
}

function listFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((file) => statSync(file).isFile());
}

it.each<[name: string, flags: string[], terminal?: true]>([
  ['lines', []],
  ['json', ['--json']],
  ['screen', [], true],
])(
  'a key that a provider says again in 40 ways and 14 places is in no file and on no screen: %s',
  async (name, flags, terminal) => {
    sent = 0;
    const { stdout, stderr } = await run(name, flags, terminal);
    expect(sent).toBe(cases.length);
    if (terminal) expect(stderr).toContain('Ctrl-C drains');
    const rows = readFileSync(join(folder, name, 'attempts.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(rows.length - 1).toBe(cases.length);
    for (const row of [...rows, stdout, stderr]) expect(findKey(row), row).toBeUndefined();
    const files = listFiles(join(folder, name));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        expect(findKey(line), `${file}: ${line.slice(0, 600)}`).toBeUndefined();
      }
    }
  },
  60_000,
);

it('the search finds each of the 40 ways where nothing is redacted', () => {
  expect(ways).toHaveLength(40);
  expect(ways.filter((way) => findKey(JSON.stringify(way)) === undefined)).toEqual([]);
});
