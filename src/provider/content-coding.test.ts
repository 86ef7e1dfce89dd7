import type { Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import type * as zlib from 'node:zlib';
import { createBrotliCompress, createDeflate, createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { answerTo, chunk, done, failureOf } from './client.test.helper.ts';

describe('an answer in a content coding that was not asked for', () => {
  it('that arb does not know is named', async () => {
    const headers = { 'content-encoding': 'compress' };
    const exchange = await failureOf({ headers, steps: [`${chunk({ content: 'a' })}${done}`] });
    expect(exchange).toMatchObject({ reason: 'malformed' });
    expect(exchange.error).toContain('content coding "compress"');
  });

  it('that is damaged is malformed', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const bytes = gzipSync(chunk({ content: 'a' })).fill(7, 12, 30);
    const exchange = await failureOf({ headers, steps: [bytes] });
    expect(exchange).toMatchObject({ reason: 'malformed' });
  });
});

describe('an answer that is compressed all the same', () => {
  const stream = [chunk({ content: 'Hel' }), chunk({ content: 'lo' }), done];
  const coders = { gzip: createGzip, br: createBrotliCompress, deflate: createDeflate } as const;

  /** Each event coded by itself and flushed, as servers that stream do. */
  async function code(make: () => Transform & zlib.Zlib): Promise<Buffer[]> {
    const coder = make();
    const pieces: Buffer[] = [];
    for (const event of stream) {
      coder.write(event);
      await new Promise<void>((resolve) => coder.flush(() => resolve()));
      pieces.push(coder.read() ?? Buffer.alloc(0));
    }
    coder.end();
    await finished(coder.resume());
    return pieces;
  }

  it.each(['gzip', 'br', 'deflate'] as const)(
    'by %s is read, and its chunks keep the instants of their bytes (Wei-Shaw/claude-relay-service 1030)',
    async (coding) => {
      const [first = '', second = '', last = ''] = await code(coders[coding]);
      const exchange = await answerTo({
        headers: { 'content-encoding': coding },
        steps: [first, { wait: 120 }, second, last],
      });
      expect(exchange).toMatchObject({ answer: 'Hello', chunks: 2 });
      expect(exchange.gaps[0]).toBeGreaterThan(90_000);
    },
  );

  it('with an error status says what is wrong', async () => {
    const steps = [
      gzipSync(JSON.stringify({ error: { message: 'no such model', code: 'model_not_found' } })),
    ];
    const headers = { 'content-encoding': 'gzip' };
    const exchange = await failureOf({ status: 404, headers, steps });
    expect(exchange).toMatchObject({ reason: 'bad-request' });
    expect(exchange.error).toContain('no such model');
  });
});
