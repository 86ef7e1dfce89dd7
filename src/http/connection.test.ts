import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import {
  answered,
  answerTo,
  askServer,
  chunk,
  client,
  done,
  failureOf,
  serve,
} from '../provider/client.test.helper.ts';
import { createClient } from '../provider/client.ts';
import { plainTarget, scripted } from '../provider/scripted.test.helper.ts';
import { ms } from '../units.ts';

describe('connections', () => {
  it('are kept: the second exchange has no connect time and no second socket', async () => {
    const server = await serve({ steps: [answered] });
    const first = await askServer(server.url);
    const second = await askServer(server.url);
    expect(first.connect).toBeGreaterThan(0);
    expect(second.connect).toBe(0);
    expect(server.sockets.size).toBe(1);
  });

  it('are set up before the load by warm, so that no exchange pays for them', async () => {
    const server = await serve({ steps: [{ wait: 20 }, answered] });
    await client.warm(plainTarget(server.url), 4);
    await vi.waitFor(() => expect(server.sockets.size).toBe(4));
    const all = await Promise.all([1, 2, 3, 4].map(() => askServer(server.url)));
    expect(all.map(({ connect }) => connect)).toEqual([0, 0, 0, 0]);
    expect(server.sockets.size).toBe(4);
    await client.warm(plainTarget(server.url), 4);
    expect(server.sockets.size).toBe(4);
  });

  it('that the server closed while they waited are replaced', async () => {
    const server = await serve({ steps: [answered] });
    await client.warm(plainTarget(server.url), 2);
    for (const socket of server.sockets) socket.end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await askServer(server.url)).toMatchObject({ state: 'completed' });
  });

  it('are dropped before the server may close them, as it says in Keep-Alive', async () => {
    const server = await serve({ steps: [answered] });
    // Node's server says `timeout=1`; a margin of a second is kept, so it is not used again.
    server.server.keepAliveTimeout = 1_000;
    await askServer(server.url);
    await askServer(server.url);
    expect(server.asked).toHaveLength(2);
    expect(server.opened()).toBe(2);
  });

  it('that say more than was asked are not used again', async () => {
    const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${answered.length}\r\n\r\n${answered}`;
    let opened = 0;
    const server = createServer((socket) => {
      opened += 1;
      socket.on('data', () => socket.write(`${answer}HTTP/1.1 200 OK\r\n\r\n`));
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const url = `http://127.0.0.1:${port}/v1`;
    expect(await askServer(url)).toMatchObject({ state: 'completed' });
    expect(await askServer(url)).toMatchObject({ state: 'completed' });
    expect(opened).toBe(2);
    await client.close();
    server.close();
  });

  it('are closed on what is no HTTP, which is a failure to connect', async () => {
    const server = createServer((socket) => {
      socket.on('data', () => socket.write('SSH-2.0-OpenSSH_9.7\r\n\r\n'));
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    expect(await askServer(`http://127.0.0.1:${port}/v1`)).toMatchObject({
      reason: 'connect',
      error: 'no answer: not an HTTP/1.1 response',
    });
    server.close();
  });

  it('whose server speaks before it is asked are a failure to connect, by TLS too', async () => {
    const pem = (name: string) =>
      readFileSync(new URL(`../../fixtures/provider/tls/${name}.pem`, import.meta.url), 'utf8');
    const greet = (socket: Socket) => {
      socket.on('error', () => undefined);
      socket.write('220 hello\r\n');
    };
    const servers = [
      { scheme: 'http', server: createServer(greet) },
      { scheme: 'https', server: createTlsServer({ key: pem('key'), cert: pem('cert') }, greet) },
    ];
    for (const { scheme, server } of servers) {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const client = createClient({ ca: [pem('cert')] });
      const call = {
        target: plainTarget(`${scheme}://localhost:${port}/v1`),
        body: '{}',
        signal: new AbortController().signal,
        requestId: 'r',
      };
      for (let i = 0; i < 10; i++) {
        expect(await client.send(call), scheme).toMatchObject({ reason: 'connect' });
      }
      await client.close();
      server.close();
    }
  });

  it('carry a prompt in any script, and its length in bytes', async () => {
    const server = await serve({ steps: [answered] });
    await askServer(server.url, {
      target: { params: { set: { user: 'Ωmega 🚀' }, drop: [], rename: {} } },
    });
    expect(JSON.parse(server.asked[0]?.body ?? '')).toMatchObject({ user: 'Ωmega 🚀' });
  });

  it('carry the user’s headers instead of arb’s own, and none that would end the head', async () => {
    const server = await serve({ steps: [answered] });
    await askServer(server.url, { target: { headers: { 'user-agent': 'nightly' } } });
    expect(server.asked[0]?.headers['user-agent']).toBe('nightly');
    const injected = askServer(server.url, { target: { headers: { 'x-a': 'b\r\nx-c: d' } } });
    await expect(injected).rejects.toThrow(/the header x-a has characters/);
  });

  it('carry one exchange at a time, with as many as are in flight', async () => {
    const server = await serve({ steps: [{ wait: 50 }, answered] });
    await Promise.all(Array.from({ length: 10 }, () => askServer(server.url)));
    expect(server.sockets.size).toBe(10);
  });

  it('that were broken off are not used again', async () => {
    const server = await serve({ steps: [chunk({ content: 'a' }), 'hang'] }, { steps: [answered] });
    const timeouts = { connect: ms(500), firstToken: ms(500), attempt: ms(60) };
    await askServer(server.url, { target: { timeouts } });
    expect(await askServer(server.url)).toMatchObject({ state: 'completed' });
  });

  it('need nobody to listen to be warmed: the exchange will say what is wrong', async () => {
    const server = await scripted({ steps: [] });
    await server.close();
    await expect(client.warm(plainTarget(server.url), 3)).resolves.toBeUndefined();
  });
});

describe('a key', () => {
  const key = 'sk-live-77aa55cc33ee';
  const echo = (where: object) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: where, finish_reason: null }] })}\n\n`;

  it('never comes back out: not in answers, reasoning, tool calls, usage or names', async () => {
    const exchange = await answerTo(
      {
        steps: [
          echo({ content: `your key is ${key}` }),
          echo({ reasoning: `secret ${key}` }),
          echo({
            tool_calls: [{ index: 0, function: { name: 'f', arguments: `{"k":"${key}"}` } }],
          }),
          `data: {"model":"${key}","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"note":"${key}"}}\n\n`,
          done,
        ],
      },
      { key },
    );
    expect(JSON.stringify(exchange)).not.toContain(key);
    expect(exchange.answer).toBe('your key is [key]');
  });

  it('never comes back out of an error either', async () => {
    const failure = await failureOf(
      { status: 401, steps: [`{"error":{"message":"bad key ${key} (${btoa(key)})"}}`] },
      { key },
    );
    expect(JSON.stringify(failure)).not.toContain(key);
    expect(JSON.stringify(failure)).not.toContain(btoa(key));
  });

  it('that no header can carry is the user’s to mend, and is not shown', async () => {
    const server = await serve({ steps: [answered] });
    const attempt = askServer(server.url, { key: 'sk-live\n77aa55cc' });
    await expect(attempt).rejects.toThrow(/Set the variable again/);
    await expect(attempt).rejects.not.toThrow(/77aa55cc/);
  });
});
