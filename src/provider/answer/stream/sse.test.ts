import { readdirSync, readFileSync } from 'node:fs';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spanOf } from '../../../http/span.test.helper.ts';
import { SseScanner } from './sse.ts';

type Plain = { data: string; type: string | undefined };

function scan(chunks: readonly Buffer[]): Plain[] {
  const events: Plain[] = [];
  const scanner = new SseScanner({
    event: ({ data, type }) => events.push({ data, type }),
    hit: () => expect.unreachable('no template is set'),
  });
  for (const chunk of chunks) {
    const span = spanOf(chunk);
    scanner.push(span);
    // The next read goes into the same place.
    span.bytes.fill('#');
  }
  return events;
}

/** The package's own reading of the same bytes. */
function peer(bytes: Buffer): Plain[] {
  const events: Plain[] = [];
  const parser = createParser({
    onEvent: ({ data, event }) => events.push({ data, type: event || undefined }),
  });
  parser.feed(new TextDecoder('utf-8').decode(bytes));
  return events;
}

const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
};

const folder = new URL('../../../../fixtures/provider/', import.meta.url);
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.sse'));

const lines = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((value) => `data: ${value.replaceAll(/[\r\n]/g, '')}`),
  fc.string().map((value) => `data:${value.replaceAll(/[\r\n]/g, '')}`),
  fc.string().map((value) => `: ${value.replaceAll(/[\r\n]/g, '')}`),
  fc.constantFrom('', '', 'data', 'event: ping', 'event:', 'id: 7', 'retry: 10', 'foo: bar'),
);
const stream = fc
  .array(fc.tuple(lines, fc.constantFrom('\n', '\n', '\r\n', '\r')), { maxLength: 30 })
  .map((all) => Buffer.from(`${all.map(([line, end]) => line + end).join('')}\n\n`));

describe('the scanner of server-sent events', () => {
  it('frames any stream as eventsource-parser does, however it is cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(2_000)), (bytes, cuts) => {
        const inside = cuts.map((cut) => cut % (bytes.length + 1));
        expect(scan(cutAt(bytes, inside))).toEqual(peer(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(fixtures)('frames %s the same when it comes byte by byte', (name) => {
    const bytes = readFileSync(new URL(name, folder));
    const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    expect(scan(single)).toEqual(scan([bytes]));
    expect(scan([bytes])).toEqual(peer(bytes));
    expect(scan([bytes]).length).toBeGreaterThan(0);
  });

  it('drops a byte order mark, even one that is cut in two', () => {
    const bytes = Buffer.from('\ufeffdata: a\n\n');
    for (const cut of [0, 1, 2, 3]) {
      expect(scan(cutAt(bytes, [cut]))).toEqual([{ data: 'a', type: undefined }]);
    }
  });

  it('joins the data lines of one event with line feeds', () => {
    expect(scan([Buffer.from('data: {"a":\ndata: 1}\n\n')])).toEqual([
      { data: '{"a":\n1}', type: undefined },
    ]);
  });

  it('keeps a character whole that is split between two chunks', () => {
    const bytes = Buffer.from('data: 🚀\n\n');
    expect(scan(cutAt(bytes, [8]))).toEqual([{ data: '🚀', type: undefined }]);
  });

  it('dispatches what stands without its closing blank line only when told that the stream ended', () => {
    const events: string[] = [];
    const scanner = new SseScanner({ event: ({ data }) => events.push(data), hit: () => {} });
    scanner.push(spanOf(Buffer.from('data: [DONE]')));
    expect(events).toEqual([]);
    scanner.end();
    expect(events).toEqual(['[DONE]']);
  });
});
