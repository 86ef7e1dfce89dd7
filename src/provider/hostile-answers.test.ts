import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { answerTo, chunk, done, failureOf } from './client.test.helper.ts';
import { resolveTarget } from './target/resolve-target.ts';
import { limitsSchema, targetConfigSchema } from './target/target-config.ts';

const key = 'sk-live/+77aa55cc-Zq';
const hex = Buffer.from(key).toString('hex');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const event = (json: string) => `data: ${json}\n\n`;

/** Ways in which a server may say a key again; each must leave nothing of it that could be used. */
const echoes: readonly (readonly [way: string, text: string])[] = [
  ['plain', key],
  ['in capital letters', key.toUpperCase()],
  ['in small letters', key.toLowerCase()],
  ['from back to front', [...key].reverse().join('')],
  ['with blanks between', [...key].join(' ')],
  ['URL-encoded', encodeURIComponent(key)],
  ['with every byte as %xx', hex.replaceAll(/../g, '%$&')],
  ['with every byte as %XX', hex.replaceAll(/../g, '%$&').toUpperCase()],
  ['in hexadecimal digits', hex],
  ['in capital hexadecimal digits', hex.toUpperCase()],
  ['in base64', base64(key)],
  ['in base64url', Buffer.from(key).toString('base64url')],
  ['in base64 as a header', base64(`Bearer ${key}`)],
  ['in base64 with a user', base64(`user:${key}`)],
  ['in base64 with two users', base64(`user2:${key}:x`)],
  ['in base64url with a user', Buffer.from(`user:${key}`).toString('base64url')],
];
/** What must not be left: the form itself, and any piece of base64 that decodes to most of the key. */
const holdsKey = (text: string, form: string) =>
  text.includes(form) || text.includes(key) || text.includes(base64(key).slice(0, 20));

describe('a key that a server says again', () => {
  it.each(echoes)('%s is in no error', async (_, text) => {
    const steps = [JSON.stringify({ error: { message: `no such key: ${text}!` } })];
    const { error } = await failureOf({ status: 400, steps }, { key });
    expect(holdsKey(error, text)).toBe(false);
    expect(error).toContain('[key]');
  });

  it.each(echoes)('%s is in no answer and no usage', async (_, text) => {
    const usage = `{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"note":${JSON.stringify(text)}}}`;
    const steps = [chunk({ content: `It is ${text}.` }), event(usage), done];
    const exchange = await answerTo({ steps }, { key });
    expect(holdsKey(JSON.stringify(exchange), text)).toBe(false);
  });

  it.each([
    ['after a number', [0, key]],
    ['in two pieces', [key.slice(0, 9), key.slice(9)]],
    ['letter by letter', [...key]],
    ['as codes of letters', [...key].map((each) => each.charCodeAt(0))],
    ['as a name', { [key]: 1 }],
    ['deep inside', { a: [{ b: [key] }] }],
  ])('in a list of its usage %s is redacted', async (_, detail) => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, detail };
    const steps = [chunk({ content: 'a' }), event(JSON.stringify({ choices: [], usage })), done];
    const { rawUsage } = await answerTo({ steps }, { key });
    const text = JSON.stringify(rawUsage);
    expect(text).toContain('[key]');
    expect(text).not.toContain(key);
    expect(text).not.toContain(key.slice(9));
    expect(text).not.toContain([...key].map((each) => each.charCodeAt(0)).join(','));
  });

  it('is gone before anything is cut, wherever the cut falls', async () => {
    for (let padding = 270; padding < 302; padding += 3) {
      const message = `${'y'.repeat(padding)}${key}`;
      const { error } = await failureOf(
        { status: 400, steps: [JSON.stringify({ error: { message } })] },
        { key },
      );
      expect(error).not.toContain(key.slice(0, 8));
    }
  });

  it('in the address of a redirect is redacted, and the redirect is not followed', async () => {
    const headers = { location: `https://evil.example/?k=${encodeURIComponent(key)}` };
    const { error, reason } = await failureOf({ status: 307, headers, steps: ['x'] }, { key });
    expect(reason).toBe('bad-request');
    expect(error).toMatch(/not followed/);
    expect(holdsKey(error, encodeURIComponent(key))).toBe(false);
  });
});

describe('whatever a reader throws ends the attempt as failed', () => {
  const nest = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
  const usage = (value: string) =>
    event(`{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"a":${value}}}`);

  it.each([
    ['usage of 20,000 levels', [chunk({ content: 'a' }), usage(nest(20_000)), done]],
    ['usage of 50,000 values', [chunk({ content: 'a' }), usage(`[${'1,'.repeat(50_000)}1]`), done]],
    [
      'arguments of 20,000 levels',
      [
        event(
          `{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":{"a":${nest(20_000)}}}}]}}]}`,
        ),
        done,
      ],
    ],
    ['a whole answer of 20,000 levels', [nest(20_000)]],
    [
      'a code with a toString of its own',
      [event('{"error":{"message":"x","code":{"toString":1}}}')],
    ],
    ['a choice that is a number', [event('{"choices":7}'), event('{"choices":[7,null]}'), done]],
    ['an answer that is null', ['null']],
    [
      'names of the prototype',
      [event('{"__proto__":{"choices":[]},"choices":[{"delta":{"constructor":1}}]}'), done],
    ],
  ])('%s', async (_, steps) => {
    const exchange = await failureOf({ steps });
    expect(exchange.failedAt).toBeGreaterThan(0);
    expect(() => JSON.stringify(exchange)).not.toThrow();
  });

  it('an endless line of tiny pieces is kept as few objects', async () => {
    const pieces = Array.from({ length: 3_000 }, () => 'x');
    const steps = ['data: {"choices":[{"delta":{"content":"', ...pieces, '"}}]}\n\n', done];
    expect((await answerTo({ steps })).answer).toBe('x'.repeat(3_000));
  });
});

describe('an answer that does not end is broken off at limits that arb.yaml sets, each in its own words', () => {
  const endless = Array.from({ length: 400 }, () => chunk({ content: 'x'.repeat(1_000) }));
  const short = Array.from({ length: 2_000 }, (_, i) => `: ${i}\n\n`);

  it.each([
    [{ bytes: 2 ** 16 }, endless, 'the answer did not end within 0.063 MB (limits.answer_mb)'],
    [{ pieces: 100 }, short, 'the answer did not end within 100 pieces (limits.answer_pieces)'],
    [
      { responseBytes: 2 ** 15 },
      endless,
      'the response did not end within 0.031 MB (limits.response_mb)',
    ],
  ])('%o', async (answer, steps, error) => {
    const failure = await failureOf({ steps }, { target: { limits: { answer } } });
    expect(failure).toMatchObject({ reason: 'malformed', error });
  });

  it('decoded too, where a small body says that it is a large one', async () => {
    const steps = [gzipSync(endless.join(''))];
    const headers = { 'content-encoding': 'gzip' };
    const target = { limits: { answer: { bytes: 2 ** 16 } } };
    const { error } = await failureOf({ headers, steps }, { target });
    expect(error).toBe('the decoded answer did not end within 0.063 MB (limits.answer_mb)');
  });

  it('are read from a target, or from what holds for all', () => {
    const entry = { provider: 'openai-compatible', base_url: 'http://127.0.0.1:1/v1', model: 'm' };
    const limits = { answer_mb: 1, answer_pieces: 7 };
    const target = resolveTarget('t', targetConfigSchema.parse({ ...entry, limits }), {
      limits: limitsSchema.parse({ response_mb: 2 }),
    });
    expect(target.limits.answer).toEqual({ bytes: 2 ** 20, pieces: 7, responseBytes: 2 ** 21 });
    expect(resolveTarget('t', targetConfigSchema.parse(entry), {}).limits.answer).toBeUndefined();
  });
});
