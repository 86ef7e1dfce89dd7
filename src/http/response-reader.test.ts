import { readFileSync } from 'node:fs';
import { request as nodeRequest } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError, ResponseReader } from './response-reader.ts';

interface Read {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
  readonly ended: boolean;
}

/** What arb hears of the pushed pieces. */
function read(
  pieces: readonly Buffer[],
  closed = false,
): Read & { readonly reader: ResponseReader } {
  let status = 0;
  let headers: Record<string, unknown> = {};
  const parts: Buffer[] = [];
  let ends = 0;
  const reader = new ResponseReader({
    head(code, fields) {
      status = code;
      headers = { ...fields };
    },
    body: ({ bytes, from, to }) => parts.push(Buffer.from(bytes.subarray(from, to))),
    end: () => {
      ends += 1;
    },
  });
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    reader.push(bytes);
    // The next read goes into the same place.
    bytes.fill('#');
  }
  if (closed) reader.close();
  expect(ends).toBe(reader.ended ? 1 : 0);
  const body = Buffer.concat(parts).toString('latin1');
  return { status, headers, body, ended: reader.ended, reader };
}

const readText = (text: string, closed = false) => read([Buffer.from(text, 'latin1')], closed);

/** What Node's own client hears of the same bytes. */
function readByNode(bytes: Buffer): Promise<Read> {
  return new Promise((resolve, reject) => {
    const socket = new Duplex({ read() {}, write: (_, __, done) => done() });
    const asked = nodeRequest({ method: 'POST', createConnection: () => socket }, (answer) => {
      let body = '';
      answer.setEncoding('latin1').on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body, ended: true });
      });
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
    socket.push(bytes);
    socket.push(null);
  });
}

const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const edges = [0, ...at.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b)];
  return edges.map((from, i) => bytes.subarray(from, edges[i + 1] ?? bytes.length));
};

const bodies = fc.array(fc.string({ unit: 'binary-ascii', maxLength: 60 }), { maxLength: 8 });
const extension = fc.constantFrom('', ';a=1', ';b="c d"');
const framings = fc.constantFrom('length', 'chunked', 'close');
const names = fc.constantFrom('X-A', 'x-b', 'X-Ratelimit-Remaining', 'Server');
const fields = fc.array(fc.tuple(names, fc.stringMatching(/^[a-z0-9 ,;=]{0,20}$/)), {
  maxLength: 6,
});

const responses = fc
  .record({ parts: bodies, framing: framings, fields, extension, interim: fc.boolean() })
  .map(({ parts, framing, fields: lines, extension: ext, interim }) => {
    const body = parts.join('');
    const chunk = (part: string) =>
      part === '' ? '' : `${part.length.toString(16)}${ext}\r\n${part}\r\n`;
    const framed = {
      length: { field: `content-length: ${body.length}\r\n`, bytes: body },
      chunked: {
        field: 'Transfer-Encoding: chunked\r\n',
        bytes: `${parts.map(chunk).join('')}0\r\nx-trailer: 1\r\n\r\n`,
      },
      close: { field: '', bytes: body },
    }[framing];
    const head = lines.map(([name, value]) => `${name}:  ${value} \r\n`).join('');
    const before = interim ? 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n' : '';
    const text = `${before}HTTP/1.1 200 OK\r\n${head}${framed.field}\r\n${framed.bytes}`;
    return { bytes: Buffer.from(text, 'latin1'), body };
  });

describe('a response', () => {
  it('reads the same however it is cut, and as Node reads it', async () => {
    await fc.assert(
      fc.asyncProperty(responses, fc.array(fc.nat(), { maxLength: 12 }), async (made, cuts) => {
        const { reader: _, ...whole } = read([made.bytes], true);
        expect(whole).toMatchObject({ status: 200, body: made.body, ended: true });
        const { reader: __, ...pieces } = read(cut(made.bytes, cuts), true);
        expect(pieces).toEqual(whole);
        const node = await readByNode(made.bytes);
        expect({ ...node, headers: listless(node.headers) }).toEqual({
          ...whole,
          headers: listless(whole.headers),
        });
      }),
      { numRuns: 300 },
    );
  });

  it('ends with its last byte, without waiting for the connection', () => {
    expect(readText('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab').ended).toBe(true);
    expect(readText('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n').ended).toBe(true);
    expect(readText('HTTP/1.1 204 No Content\r\n\r\n').ended).toBe(true);
    expect(readText('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n').ended).toBe(
      true,
    );
  });

  it('is not complete where the connection closes before its end', () => {
    expect(readText('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab', true).ended).toBe(false);
    const torn = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n';
    expect(readText(torn, true)).toMatchObject({ body: 'abc', ended: false });
    expect(readText('HTTP/1.1 200 OK\r\n', true).ended).toBe(false);
  });

  it('leaves the connection reusable unless the server or the bytes say otherwise', () => {
    const length = 'content-length: 1\r\n';
    const reusable = (head: string, rest = 'a') =>
      readText(`${head}${length}\r\n${rest}`).reader.reusable;
    expect(reusable('HTTP/1.1 200 OK\r\n')).toBe(true);
    expect(reusable('HTTP/1.1 200 OK\r\nconnection: Close\r\n')).toBe(false);
    expect(reusable('HTTP/1.0 200 OK\r\n')).toBe(false);
    expect(reusable('HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n')).toBe(true);
    expect(reusable('HTTP/1.1 200 OK\r\n', 'aHTTP/1.1 200 OK\r\n')).toBe(false);
    expect(readText('HTTP/1.1 200 OK\r\n\r\nabc', true).reader.reusable).toBe(false);
  });

  it('says how long an idle connection is kept', () => {
    const head = 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\ncontent-length: 0\r\n\r\n';
    expect(readText(head).reader.keepAlive).toBe(5);
  });

  it('keeps headers that come twice, and joins one that is folded', () => {
    const { headers } = readText('HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nB: x\r\n  y\r\n\r\n');
    expect(headers).toEqual({ a: ['1', '2'], b: 'x y' });
    const odd = readText('HTTP/1.1 200 OK\r\nConstructor: 1\r\n__proto__: 2\r\n\r\n');
    expect(odd.headers.constructor).toBe('1');
  });

  it('takes line feeds without carriage returns', () => {
    const text = 'HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nab\n0\n\n';
    expect(readText(text)).toMatchObject({ body: 'ab', ended: true });
  });

  it.each([
    ['SSH-2.0-OpenSSH_9.7\r\n\r\n', 'not an HTTP/1.1 response'],
    ['HTTP/2 200\r\n\r\n', 'not an HTTP/1.1 response'],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'a protocol nobody asked for'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n', 'a transfer coding'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 'a Content-Length'],
    ['HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', 'a Content-Length'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 'a chunk without a size'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab', 'a chunk has no end'],
    ['HTTP/1.1 200 OK\r\nno colon\r\n\r\n', 'a header without a name'],
  ])('is refused where it breaks the protocol: %j', (text, why) => {
    expect(() => readText(text)).toThrow(ProtocolError);
    expect(() => readText(text)).toThrow(why);
  });

  it('is refused where its headers do not end', () => {
    expect(() => readText(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`)).toThrow(
      'its headers do not end',
    );
  });

  it('takes blanks after the size of a chunk', () => {
    const text = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2 ; x\r\nab\r\n0\t\r\n\r\n';
    expect(readText(text)).toMatchObject({ body: 'ab', ended: true });
  });
});

/**
 * Responses of our own making after the kinds of cases that llhttp publishes for responses: accepted and
 * refused alike, however they are cut. `lenient` marks where arb takes what llhttp refuses by default.
 */
interface Case {
  readonly about: string;
  readonly text: string;
  readonly refused?: true;
  readonly body?: string;
  readonly ended?: boolean;
  readonly reusable?: boolean;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../fixtures/http/responses.json', import.meta.url), 'utf8'),
);

describe('a response of the corpus', () => {
  it.each(cases)('$about', ({ text, refused, body, ended, reusable }) => {
    const bytes = Buffer.from(text, 'latin1');
    const everyByte = Array.from(bytes, (_, i) => i);
    const ways = [[], everyByte, ...everyByte.map((at) => [at])];
    for (const cuts of ways) {
      const pieces = cut(bytes, cuts);
      if (refused) {
        expect(() => read(pieces, true)).toThrow(ProtocolError);
        continue;
      }
      // How an idle connection would be left: before the server closes it.
      const open = read(pieces).reader;
      const closed = read(pieces, true);
      expect({ body: closed.body, ended: closed.ended }).toEqual({ body, ended });
      expect(open.ended && open.reusable).toBe(reusable);
    }
  });
});

/** Node joins most headers that come twice with a comma, and keeps the first of some. */
function listless(headers: Record<string, unknown>) {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name !== 'server')
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
