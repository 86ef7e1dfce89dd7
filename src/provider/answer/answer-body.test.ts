import { readdirSync, readFileSync } from 'node:fs';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { spanOf } from '../../http/span.test.helper.ts';
import { ms } from '../../units.ts';
import { defaultAnswerLimits } from '../target/target.ts';
import type { Wire } from '../wire/wire.ts';
import { wires } from '../wire/wires.ts';
import { AnswerAccumulator } from './answer-accumulator.ts';
import { AnswerBody } from './answer-body.ts';

const folder = new URL('../../../fixtures/provider/', import.meta.url);
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.sse'));

/** The wire that a fixture is of, by its name. */
const wireOf = (name: string) => {
  const provider = name.split('.')[0] ?? '';
  const named: Record<string, Wire> = {
    anthropic: wires['anthropic-messages'],
    gemini: wires.gemini,
    'openai-responses': wires['openai-responses'],
  };
  return named[provider] ?? wires['openai-chat'];
};

/** All of a transcript but its instants. */
function contentOf(transcript: AnswerAccumulator) {
  const { answer, reasoning, refusal, toolCalls, chunks, finishReason, usage, rawUsage } =
    transcript;
  const { servedModel, servedBy, error, done } = transcript;
  const said = { answer, reasoning, refusal, toolCalls, chunks, finishReason, usage, rawUsage };
  return { ...said, servedModel, servedBy, error, done };
}

function pushAt(body: AnswerBody, at: number, chunk: Buffer) {
  body.at = ms(at);
  const span = spanOf(chunk);
  const state = body.body(span);
  // The next read goes into the same place.
  span.bytes.fill('#');
  return state;
}

/** What arb reads. */
function read(chunks: readonly Buffer[], wire: Wire = wires['openai-chat']) {
  const body = new AnswerBody(wire.reader());
  chunks.forEach((chunk, i) => {
    pushAt(body, i, chunk);
  });
  body.end();
  return body;
}

/** The slow way: another package's framing, and every event parsed. */
function readSlowly(bytes: Buffer, wire: Wire = wires['openai-chat']) {
  const transcript = new AnswerAccumulator();
  const reader = wire.reader();
  const parser = createParser({
    onEvent: ({ data, event }) => transcript.add(reader.event(data, event), ms(0)),
  });
  parser.feed(`${new TextDecoder().decode(bytes)}\n\n`);
  return transcript;
}

const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
};

describe('the body of an answer', () => {
  it.each(fixtures)('%s says the same however it is cut', (name) => {
    const bytes = readFileSync(new URL(name, folder));
    const wire = wireOf(name);
    const slow = contentOf(readSlowly(bytes, wire));
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        expect(contentOf(read(cutAt(bytes, cuts), wire).accumulator)).toEqual(slow);
      }),
    );
    const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    expect(contentOf(read(single, wire).accumulator)).toEqual(slow);
  });

  it('says the same of any text as JSON.parse of every event does', () => {
    const delta = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((content) => JSON.stringify({ content })),
      fc.string({ unit: 'binary' }).map((content) => JSON.stringify({ content })),
      fc.string().map((content) => ascii(JSON.stringify({ content }))),
      fc.string().map((reasoning) => JSON.stringify({ reasoning, content: '' })),
      fc
        .tuple(fc.nat(2), fc.string())
        .map(([index, args]) =>
          JSON.stringify({ tool_calls: [{ index, function: { arguments: args } }] }),
        ),
      fc.constantFrom('{"content":null}', '{"role":"assistant","content":""}', '{}'),
    );
    // Runs of the same shape are what the templates live on.
    const run = fc.tuple(delta, fc.integer({ min: 1, max: 6 }), fc.constantFrom('\n', '\r\n'));
    const stream = fc
      .array(run, { maxLength: 12 })
      .map((runs) =>
        Buffer.from(
          runs
            .flatMap(([text, times, end]) =>
              Array.from(
                { length: times },
                () => `data: {"choices":[{"index":0,"delta":${text}}],"model":"m"}${end}${end}`,
              ),
            )
            .join(''),
        ),
      );
    fc.assert(
      fc.property(stream, fc.array(fc.nat(5_000), { maxLength: 6 }), (bytes, cuts) => {
        const inside = cuts.map((cut) => cut % (bytes.length + 1));
        expect(contentOf(read(cutAt(bytes, inside)).accumulator)).toEqual(
          contentOf(readSlowly(bytes)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('reads repeated deltas without parsing them', () => {
    const bytes = readFileSync(new URL('openai.text.sse', folder));
    const add = vi.spyOn(AnswerAccumulator.prototype, 'addMatch');
    const body = read([bytes]);
    // Nine deltas: the first one is compiled.
    expect(add).toHaveBeenCalledTimes(8);
    add.mockRestore();
    expect(body.accumulator.answer).toBe('The answer is "42",\nnaïve—日本 🚀.');
  });

  it('reads repeated deltas of Anthropic without parsing them too', () => {
    const bytes = readFileSync(new URL('anthropic.text-and-cache-write.sse', folder));
    const add = vi.spyOn(AnswerAccumulator.prototype, 'addMatch');
    const body = read([bytes], wires['anthropic-messages']);
    expect(add).toHaveBeenCalledTimes(5);
    add.mockRestore();
    expect(body.accumulator.answer).toBe('Hello "wörld"\n—日本!');
  });

  it('is not misled by a comment that repeats the data', () => {
    const event = (said: string, content: string) => {
      const json = (word: string) => `{"choices":[{"index":0,"delta":{"content":"${word}"}}]}`;
      return `: ${json(said)}\ndata: ${json(content)}\n\n`;
    };
    const bytes = Buffer.from(event('a', 'a') + event('b', 'a') + event('c', 'a'));
    expect(read([bytes]).accumulator.answer).toBe('aaa');
  });

  it('stops compiling templates for a stream that pads its chunks at random', () => {
    const event = (i: number) =>
      `data: {"choices":[{"index":0,"delta":{"content":"x"}}],"pad":"${'p'.repeat(i % 7)}"}\n\n`;
    const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => event(i)).join(''));
    const reader = wires['openai-chat'].reader();
    const parses = vi.spyOn(reader, 'event');
    const body = new AnswerBody(reader);
    pushAt(body, 0, bytes);
    expect(body.accumulator.answer).toBe('x'.repeat(200));
    // Every event once, and a proof for each of the few tries.
    expect(parses.mock.calls.length).toBeLessThan(220);
  });

  it('stops an endless answer at 64 MB', () => {
    const body = new AnswerBody(wires['openai-chat'].reader());
    const comment = Buffer.alloc(1024 * 1024, ': keep-alive\n');
    let pushed = 0;
    let state = 'more';
    while (state === 'more') {
      state = pushAt(body, 0, comment);
      pushed += comment.length;
    }
    expect(state).toBe('too-long');
    expect(pushed).toBe(defaultAnswerLimits.bytes + comment.length);
  });

  it('keeps whole microseconds between content chunks, and none before the first', () => {
    const event = (content: string) =>
      Buffer.from(`data: {"choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`);
    const body = new AnswerBody(wires['openai-chat'].reader());
    pushAt(body, 1, event(''));
    pushAt(body, 10, event('a'));
    pushAt(body, 12.3456, event('b'));
    pushAt(body, 20, Buffer.concat([event('c'), event('d')]));
    expect([...body.accumulator.gaps]).toEqual([2_346, 7_654, 0]);
    expect(body.accumulator.firstTokenAt).toBe(10);
    expect(body.accumulator.lastContentAt).toBe(20);
    expect(body.accumulator.chunks).toBe(4);
  });
});

/** JSON with every character outside ASCII escaped, as some servers write it. */
function ascii(json: string): string {
  return json.replaceAll(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
