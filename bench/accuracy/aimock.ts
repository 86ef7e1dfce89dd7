import { ServerResponse } from 'node:http';
import { LLMock } from '@copilotkit/aimock';

/**
 * @copilotkit/aimock, a provider that arb does not own, in a process of its own. Its socket writes
 * are stamped from outside, into rows of the same form as the simulator's audit.
 */
interface Row {
  readonly client_request: string;
  readonly received_epoch_ms: number;
  readonly chunk_epoch_ms: number[];
}

const epoch = () => performance.timeOrigin + performance.now();
const rows = new Map<ServerResponse, Row>();
const write = ServerResponse.prototype.write;
const content = /"content":"[^"]/;

ServerResponse.prototype.write = function (this: ServerResponse, ...args: unknown[]) {
  const at = epoch();
  const row = rows.get(this);
  if (row && content.test(String(args[0]))) row.chunk_epoch_ms.push(at);
  const more = Reflect.apply(write, this, args) as boolean;
  // node:http corks the socket until the next tick; uncorked here, the stamp is that of the write.
  this.socket?.uncork();
  return more;
} as typeof write;

const emit = ServerResponse.prototype.assignSocket;
ServerResponse.prototype.assignSocket = function (this: ServerResponse, socket) {
  const label = this.req.headers['x-arb-request'];
  if (typeof label === 'string') {
    const row = { client_request: label, received_epoch_ms: epoch(), chunk_epoch_ms: [] };
    rows.set(this, row);
  }
  Reflect.apply(emit, this, [socket]);
};

const mock = new LLMock({ port: 0 });
mock.onMessage(
  'stream',
  { content: Array.from({ length: 100 }, (_, index) => `${index % 10} `).join('') },
  { streamingProfile: { ttft: 300, tps: 50, jitter: 0 }, chunkSize: 2 },
);
await mock.start();
process.stdout.write(`${JSON.stringify({ url: mock.url })}\n`);
process.on('SIGTERM', () => {
  const text = [...rows.values()].map((row) => JSON.stringify(row)).join('\n');
  process.stdout.write(`${text}\n`, () => process.exit(0));
});
