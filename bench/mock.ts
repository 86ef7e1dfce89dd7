import { createServer, type Socket } from 'node:net';

/**
 * The cheapest OpenAI-compatible provider there is, so that the client is what is measured: every
 * POST gets the same answer of `chunks` token events, each in an HTTP chunk of its own, in one write;
 * or the same text as one JSON object if the request does not ask for a stream. `GET /clock` says what
 * it answered since that was last asked, by its own clock.
 */
const chunks = Number(process.argv[2] ?? 64);

/** The POSTs answered, from the first one received to the last answer written. */
export interface Clock {
  readonly answers: number;
  readonly streams: number;
  readonly ms: number;
  /** How much of that time the mock itself was busy, from 0 to 1: near 1, it is what was measured. */
  readonly busy: number;
}

const words = Array.from({ length: chunks }, (_, index) => ` word${index}`);
const usage = { prompt_tokens: 9, completion_tokens: chunks, total_tokens: chunks + 9 };
const event = (delta: object, finish: string | null, rest: object = {}) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-mock',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'mock',
    choices: finish === '' ? [] : [{ index: 0, delta, finish_reason: finish }],
    ...rest,
  })}\n\n`;
const events = [
  event({ role: 'assistant', content: '' }, null),
  ...words.map((content) => event({ content }, null)),
  event({}, 'stop'),
  event({}, '', { usage }),
  'data: [DONE]\n\n',
];
const framed = events.map((text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
const streamed = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${framed.join('')}0\r\n\r\n`,
);

const json = (status: string, value: object) => {
  const body = JSON.stringify(value);
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};
const whole = Buffer.from(
  json('200 OK', {
    id: 'chatcmpl-mock',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'mock',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: words.join('') },
        finish_reason: 'stop',
      },
    ],
    usage,
  }),
);

const headEnd = Buffer.from('\r\n\r\n');
const post = 'P'.charCodeAt(0);

let answers = 0;
let streams = 0;
let firstAt = 0;
let lastAt = 0;
let firstCpu = process.cpuUsage();

/** Answers each complete request on the connection; clients wait for one answer before the next. */
function serve(socket: Socket): void {
  let missing = 0;
  let head = Buffer.alloc(0);
  let answer = streamed;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    if (missing > 0) {
      missing -= data.length;
    } else {
      head = head.length === 0 ? data : Buffer.concat([head, data]);
      const end = head.indexOf(headEnd);
      if (end === -1) return;
      if (head[0] !== post) {
        socket.write(look(head.toString('latin1', 0, end).split(' ')[1] ?? ''));
        head = Buffer.alloc(0);
        return;
      }
      const length = /content-length: *(\d+)/i.exec(head.toString('latin1', 0, end))?.[1] ?? '0';
      missing = Number(length) - (head.length - end - headEnd.length);
      // Who wants no stream leaves the word out, in a body that comes in one piece.
      answer = missing > 0 || head.includes('"stream":', end) ? streamed : whole;
      head = Buffer.alloc(0);
    }
    if (missing > 0) return;
    missing = 0;
    if (answers === 0) {
      firstAt = performance.now();
      firstCpu = process.cpuUsage();
    }
    socket.write(answer);
    answers += 1;
    if (answer === streamed) streams += 1;
    lastAt = performance.now();
  });
}

/** What a client may look up before it starts, and the clock, which starts again. */
function look(path: string): string {
  if (path === '/health') return json('200 OK', {});
  if (path === '/v1/models')
    return json('200 OK', { object: 'list', data: [{ id: 'mock', object: 'model' }] });
  if (path !== '/clock') return json('404 Not Found', {});
  const ms = lastAt - firstAt;
  const { user, system } = process.cpuUsage(firstCpu);
  const clock: Clock = { answers, streams, ms, busy: (user + system) / 1_000 / ms };
  answers = 0;
  streams = 0;
  return json('200 OK', clock);
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
