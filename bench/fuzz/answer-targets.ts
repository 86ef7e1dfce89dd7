import { readdirSync, readFileSync } from 'node:fs';
import { ProtocolError, ResponseReader, viewBytes } from '../../src/http/response-reader.ts';
import { AnswerHandler } from '../../src/provider/answer/answer-handler.ts';
import type { Exchange } from '../../src/provider/answer/exchange.ts';
import { resolveTarget } from '../../src/provider/target/resolve-target.ts';
import type { WireName } from '../../src/provider/target/target.ts';
import { targetConfigSchema } from '../../src/provider/target/target-config.ts';
import { wires } from '../../src/provider/wire/wires.ts';
import { ms } from '../../src/units.ts';
import type { Equal, FuzzTarget } from './target.ts';

/** Three ways to cut the same bytes: not at all, at every byte, and at places that the bytes decide. */
function cuts(bytes: Buffer): Buffer[][] {
  const pieces: Buffer[] = [];
  let [at, state] = [0, bytes.length];
  while (at < bytes.length) {
    state = (state * 1_103_515_245 + (bytes[at] ?? 0) + 12_345) % 2 ** 31;
    const end = at + 1 + (state % 97);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return [
    bytes.length > 0 ? [bytes] : [],
    [...bytes].map((_, i) => bytes.subarray(i, i + 1)),
    pieces,
  ];
}

/** The same outcome however the bytes were cut, refusals too. @throws where it is not. */
function sameHoweverCut<T>(text: string, equal: Equal, read: (pieces: Buffer[]) => T): T {
  const [whole, ...others] = cuts(Buffer.from(text)).map(read);
  for (const other of others) {
    if (!equal(whole, other)) {
      throw new Error(
        `cut otherwise it is read otherwise: ${JSON.stringify(whole).slice(0, 400)} against ${JSON.stringify(other).slice(0, 400)}`,
      );
    }
  }
  return whole as T;
}

interface HeadAndBody {
  readonly state: 'ended' | 'open' | 'refused';
  readonly status: number;
  readonly headers: object;
  readonly body: string;
}

function readResponse(pieces: readonly Buffer[]): HeadAndBody {
  let [status, headers, body, ends] = [0, {}, '', 0];
  const reader = new ResponseReader({
    head: (code, fields) => {
      [status, headers] = [code, { ...fields }];
    },
    body: ({ bytes, from, to }) => {
      body += bytes.toString('latin1', from, to);
    },
    end: () => {
      ends += 1;
    },
  });
  try {
    for (const piece of pieces) reader.push(Buffer.from(piece));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    // What came before the fault depends on where the bytes were cut, and is given to nobody.
    return { state: 'refused', status: 0, headers: {}, body: '' };
  }
  if (ends > 1) throw new Error('a response ended twice');
  return { state: ends === 1 ? 'ended' : 'open', status, headers, body };
}

/** A response in the parts that are mutated. */
interface Parts {
  readonly start: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly chunks: readonly string[];
}

const toText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function writeResponse(value: unknown): string {
  const { start = '', headers = [], chunks = [] } = (value ?? {}) as Partial<Parts>;
  const fields = Array.isArray(headers) ? headers : [headers];
  const lines = fields.map((field) =>
    Array.isArray(field) ? field.map(toText).join(': ') : toText(field),
  );
  const body = (Array.isArray(chunks) ? chunks : [chunks]).map(toText).join('');
  return `${[toText(start), ...lines].join('\r\n')}\r\n\r\n${body}`;
}

function toParts(text: string): Parts {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [start = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, Math.max(0, colon)), line.slice(colon + 1).trim()];
  });
  return { start, headers, chunks: rest.join('\r\n\r\n').split(/(?<=\n)/) };
}

const corpus = JSON.parse(readFileSync('fixtures/http/responses.json', 'utf8')) as {
  readonly text: string;
}[];

export const responseTarget: FuzzTarget = {
  examples: corpus.map(({ text }) => toParts(text)),
  write: writeResponse,
  check(text, equal) {
    const { state, status } = sameHoweverCut(text, equal, readResponse);
    if (status !== 0 && (status < 200 || status > 999)) throw new Error(`a status of ${status}`);
    return state === 'ended';
  },
};

/** One event of a stream, its data as JSON where it is JSON. */
interface Event {
  readonly type?: string;
  readonly data: unknown;
}

function toEvents(sse: string): Event[] {
  return sse.split(/\r?\n\r?\n/).flatMap((block) => {
    const lines = block.split(/\r?\n/);
    const field = (name: string) =>
      lines
        .find((line) => line.startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim();
    const [type, data] = [field('event'), field('data')];
    if (data === undefined) return [];
    return [{ ...(type !== undefined && { type }), data: parseOr(data) }];
  });
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function writeEvents(value: unknown): string {
  const events = Array.isArray(value) ? value : [value];
  return events
    .map((event) => {
      const { type, data } = (event ?? {}) as Partial<Event>;
      const text =
        typeof data === 'string' ? data.replaceAll(/[\r\n]/g, ' ') : JSON.stringify(data);
      const head = type === undefined ? '' : `event: ${toText(type).replaceAll(/[\r\n]/g, ' ')}\n`;
      return `${head}data: ${text ?? ''}\n\n`;
    })
    .join('');
}

const target = resolveTarget(
  'fuzz',
  targetConfigSchema.parse({
    provider: 'openai-compatible',
    base_url: 'http://127.0.0.1:1/v1',
    model: 'm',
  }),
  {},
);

function readAnswer(pieces: readonly Buffer[], wire: WireName): Exchange {
  const signal = new AbortController().signal;
  const call = { target, body: '{}', signal, requestId: 'r', key: 'sk-a-key-of-the-fuzzer' };
  const handler = new AnswerHandler(call, wires[wire].reader('openai-compatible'));
  const done = { headers: {}, sentAt: ms(1), connect: ms(0), endedAt: ms(2), status: 200 };
  handler.receivedAt(ms(1));
  handler.head(200);
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece);
      handler.body({ bytes, view: viewBytes(bytes), from: 0, to: bytes.length });
    }
    handler.end();
  } catch (error) {
    return handler.conclude({ ...done, ending: { kind: 'unreadable', error: error as Error } });
  }
  return handler.conclude({ ...done, ending: { kind: 'ended' } });
}

/** A number of tokens or dollars that no provider can mean. @throws with where it stands. */
function refuseOddNumbers(value: unknown, where: string): void {
  if (typeof value === 'number' && !(value >= 0)) throw new Error(`${where} is ${value}`);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) refuseOddNumbers(inner, `${where}.${name}`);
}

const wireOf: Readonly<Record<string, WireName>> = {
  anthropic: 'anthropic-messages',
  gemini: 'gemini',
  'openai-responses': 'openai-responses',
};

function answerTarget(wire: WireName): FuzzTarget {
  const names = readdirSync('fixtures/provider').filter((name) => name.endsWith('.sse'));
  const own = names.filter((name) => (wireOf[name.split('.')[0] ?? ''] ?? 'openai-chat') === wire);
  return {
    examples: own.map((name) => toEvents(readFileSync(`fixtures/provider/${name}`, 'utf8'))),
    write: writeEvents,
    check(text, equal) {
      const exchange = sameHoweverCut(text, equal, (pieces) => readAnswer(pieces, wire));
      refuseOddNumbers('usage' in exchange ? exchange.usage : undefined, 'usage');
      const again: unknown = JSON.parse(JSON.stringify(exchange));
      if (typeof again !== 'object' || again === null) throw new Error('it cannot be kept as JSON');
      return exchange.state === 'completed';
    },
  };
}

export const answerTargets = {
  response: responseTarget,
  'answer openai-chat': answerTarget('openai-chat'),
  'answer openai-responses': answerTarget('openai-responses'),
  'answer anthropic-messages': answerTarget('anthropic-messages'),
  'answer gemini': answerTarget('gemini'),
} as const satisfies Record<string, FuzzTarget>;
