import { createServer, type Socket } from 'node:net';

/**
 * The cheapest OpenAI-compatible provider there is, so that the client is what is measured: every
 * POST gets the same answer of `chunks` token events, each in an HTTP chunk of its own, in one write.
 */
const chunks = Number(process.argv[2] ?? 64);

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
  ...Array.from({ length: chunks }, (_, index) => event({ content: ` word${index}` }, null)),
  event({}, 'stop'),
  event({}, '', {
    usage: { prompt_tokens: 9, completion_tokens: chunks, total_tokens: chunks + 9 },
  }),
  'data: [DONE]\n\n',
];
const framed = events.map((text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${framed.join('')}0\r\n\r\n`,
);

const headEnd = Buffer.from('\r\n\r\n');

/** Answers each complete request on the connection; clients wait for one answer before the next. */
function serve(socket: Socket): void {
  let missing = 0;
  let head = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    if (missing > 0) {
      missing -= data.length;
    } else {
      head = head.length === 0 ? data : Buffer.concat([head, data]);
      const end = head.indexOf(headEnd);
      if (end === -1) return;
      const length = /content-length: *(\d+)/i.exec(head.toString('latin1', 0, end))?.[1] ?? '0';
      missing = Number(length) - (head.length - end - headEnd.length);
      head = Buffer.alloc(0);
    }
    if (missing > 0) return;
    missing = 0;
    socket.write(answer);
  });
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
