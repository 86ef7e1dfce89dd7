import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Exchange } from '../provider/answer/exchange.ts';
import { createClient } from '../provider/client.ts';
import { plainTarget } from '../provider/scripted.test.helper.ts';
import type { ClientOptions } from './client-options.ts';
import { proxyFor } from './proxy.ts';

const pem = (name: string) =>
  readFileSync(new URL(`../../fixtures/provider/tls/${name}.pem`, import.meta.url), 'utf8');
const answer = 'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n';

const target = createSecureServer({ key: pem('key'), cert: pem('cert') }, (request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answer);
});
const tunnels: { to: string; as: string | undefined }[] = [];
const proxy = createServer();
proxy.on('connect', (request, socket, head) => {
  tunnels.push({ to: request.url ?? '', as: request.headers['proxy-authorization'] });
  if (request.headers['proxy-authorization'] === undefined) {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    return;
  }
  const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  onward.on('error', () => socket.destroy());
  socket.on('error', () => onward.destroy());
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;
beforeAll(async () => {
  for (const server of [target, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});
afterAll(() => {
  for (const server of [target, proxy]) server.close();
});

async function ask(options: ClientOptions, host = 'localhost'): Promise<Exchange> {
  const client = createClient(options);
  try {
    return await client.send({
      target: plainTarget(`https://${host}:${portOf(target)}/v1`),
      body: { messages: [] },
      signal: new AbortController().signal,
      requestId: 'r',
    });
  } finally {
    await client.close();
  }
}

describe('TLS', () => {
  it('is verified: a certificate that nobody vouches for is a failure to connect', async () => {
    const exchange = await ask({});
    expect(exchange).toMatchObject({ state: 'failed', reason: 'connect' });
    expect(exchange).not.toHaveProperty('sentAt');
    expect(exchange.state === 'failed' && exchange.error).toMatch(/self-signed certificate/);
  });

  it('trusts the certificates that the user adds', async () => {
    const exchange = await ask({ ca: [pem('cert')] });
    expect(exchange).toMatchObject({ state: 'completed', answer: 'hi' });
    expect(exchange.connect).toBeGreaterThan(0);
  });
});

describe('a proxy', () => {
  const through = (user = '') => `http://${user}127.0.0.1:${portOf(proxy)}`;

  it('is asked for a tunnel, with its own credentials, and TLS ends at the target', async () => {
    tunnels.length = 0;
    const exchange = await ask(
      { ca: [pem('cert')], httpsProxy: through('me:s%20cret@') },
      'arb.test',
    );
    expect(exchange).toMatchObject({ state: 'completed', answer: 'hi' });
    const as = `Basic ${Buffer.from('me:s cret').toString('base64')}`;
    expect(tunnels).toEqual([{ to: `arb.test:${portOf(target)}`, as }]);
  });

  it('that refuses is a failure to connect, and shows no credentials', async () => {
    const exchange = await ask({ httpsProxy: through() }, 'arb.test');
    expect(exchange).toMatchObject({ state: 'failed', reason: 'connect' });
    expect(exchange.state === 'failed' && exchange.error).toContain('HTTP 407 to CONNECT');
  });

  it('is passed by where NO_PROXY names the host', () => {
    const options = { httpsProxy: 'http://p:1', httpProxy: 'p:2' };
    const via = (url: string, noProxy?: string) =>
      proxyFor(new URL(url), { ...options, ...(noProxy !== undefined && { noProxy }) })?.host;
    expect(via('https://api.example.com')).toBe('p:1');
    expect(via('http://api.example.com')).toBe('p:2');
    expect(via('https://api.example.com', 'other.com, example.com')).toBeUndefined();
    expect(via('https://api.example.com', '.example.com')).toBeUndefined();
    expect(via('https://badexample.com', 'example.com')).toBe('p:1');
    expect(via('https://api.example.com', 'api.example.com:8443')).toBe('p:1');
    expect(via('https://api.example.com:8443', 'api.example.com:8443')).toBeUndefined();
    expect(via('http://[2001:db8::1]:9', '[2001:db8::1]')).toBeUndefined();
    expect(via('http://[2001:db8::1]:9', '2001:db8::1')).toBeUndefined();
    expect(via('http://127.0.0.1:9')).toBeUndefined();
    expect(via('https://api.example.com', '*')).toBeUndefined();
  });
});
