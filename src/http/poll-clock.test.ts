import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { pollTime } from './poll-clock.ts';

function busyFor(duration: number): void {
  const until = performance.now() + duration;
  while (performance.now() < until);
}

describe('the instant at which bytes were there', () => {
  // A machine that stands still for 17 ms in between makes it two.
  it('is one for all sockets of a poll, whatever those before made of theirs', {
    retry: 3,
  }, async () => {
    const served: Socket[] = [];
    const server = createServer((socket) => void served.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sockets = await Promise.all(
      [1, 2, 3].map(async () => {
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect');
        return socket;
      }),
    );
    while (served.length < sockets.length) await turn();
    const stamps: number[] = [];
    const all = Promise.all(
      sockets.map(async (socket) => {
        socket.once('data', () => {
          stamps.push(pollTime());
          busyFor(1);
        });
        await once(socket, 'data');
      }),
    );
    for (const socket of served) socket.write('x');
    // Long enough for all of them to be there at the next poll.
    busyFor(20);
    const before = performance.now();
    await all;
    expect(stamps.length).toBe(3);
    expect(new Set(stamps).size).toBe(1);
    expect(stamps[0]).toBeGreaterThanOrEqual(before);
    for (const socket of [...sockets, ...served]) socket.destroy();
    server.close();
  });

  it('is another one in the next turn, and never an old one', async () => {
    const first = pollTime();
    await turn();
    await turn();
    const second = pollTime();
    expect(second).toBeGreaterThan(first);
    busyFor(25);
    expect(pollTime()).toBeGreaterThan(second + 20);
  });
});
