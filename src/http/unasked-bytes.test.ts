import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { askServer, chunk, done } from '../provider/client.test.helper.ts';

/** A response over HTTP/1.1 whose answer is `text`. */
const response = (text: string) => {
  const body = `${chunk({ content: text })}${done}`;
  return `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
};

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that answers its n-th request as `answer` does, and counts its connections. */
async function listening(answer: (socket: Socket, n: number) => void) {
  const asked = { requests: 0, connections: 0, url: '' };
  server = createServer((socket) => {
    asked.connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (bytes.includes('POST ')) answer(socket.setNoDelay(true), ++asked.requests);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  asked.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return asked;
}

/** The answers to `count` requests, each sent as soon as the one before is answered. */
async function answersOf(url: string, count: number, pause = 0): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < count; i++) {
    const exchange = await askServer(url);
    answers.push(exchange.state === 'completed' ? exchange.answer : exchange.reason);
    if (pause > 0) await sleep(pause);
  }
  return answers;
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `answer ${i + 1}`);

describe('what a server sends unasked is never the answer to the next request', () => {
  it('a second response in the same bytes', async () => {
    const { url } = await listening((socket, n) =>
      socket.write(`${response(`answer ${n}`)}${response('unasked')}`),
    );
    expect(await answersOf(url, 30)).toEqual(numbered(30));
  });

  it('a second response in bytes of its own, while the next request is made ready', async () => {
    const { url } = await listening((socket, n) => {
      socket.write(response(`answer ${n}`));
      socket.write(response('unasked'));
    });
    expect(await answersOf(url, 30)).toEqual(numbered(30));
  });

  it('the first half of a response', async () => {
    const { url } = await listening((socket, n) => {
      socket.write(response(`answer ${n}`));
      socket.write(response('unasked').slice(0, 70));
    });
    expect(await answersOf(url, 10)).toEqual(numbered(10));
  });

  it('a line break after the body', async () => {
    const { url } = await listening((socket, n) => socket.write(`${response(`answer ${n}`)}\r\n`));
    expect(await answersOf(url, 10)).toEqual(numbered(10));
  });

  it('a late response, which comes while the connection is idle', async () => {
    const asked = await listening((socket, n) => {
      socket.write(response(`answer ${n}`));
      setTimeout(() => socket.write(response('unasked')), 10);
    });
    expect(await answersOf(asked.url, 5, 40)).toEqual(numbered(5));
    expect(asked.connections).toBe(5);
  });
});

describe('an origin that said something unasked', () => {
  it('gets a connection for each request from then on', async () => {
    const asked = await listening((socket, n) =>
      socket.write(n === 1 ? `${response('answer 1')}more` : response(`answer ${n}`)),
    );
    expect(await answersOf(asked.url, 5)).toEqual(numbered(5));
    expect(asked.connections).toBe(5);
  });

  it('is still trusted where it only said that an idle connection timed out', async () => {
    const asked = await listening((socket, n) => {
      socket.write(response(`answer ${n}`));
      if (n === 1) setTimeout(() => socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n'), 5);
    });
    expect(await answersOf(asked.url, 1, 40)).toEqual(['answer 1']);
    expect(await answersOf(asked.url, 4)).toEqual(['answer 2', 'answer 3', 'answer 4', 'answer 5']);
    expect(asked.connections).toBe(2);
  });
});

it('a server that says no more than it was asked keeps its one connection', async () => {
  const asked = await listening((socket, n) => socket.write(response(`answer ${n}`)));
  expect(await answersOf(asked.url, 30)).toEqual(numbered(30));
  expect(asked.connections).toBe(1);
});
