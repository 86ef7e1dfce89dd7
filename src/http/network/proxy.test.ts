import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttp2, createSecureServer as createSecureHttp2 } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { getCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import type { Exchange } from '../../provider/answer/exchange.ts';
import { createClient } from '../../provider/client.ts';
import { plainTarget } from '../../provider/scripted.test.helper.ts';
import { sendPlain } from '../plain-client.ts';
import { trustAlso } from './certificates.ts';
import type { ClientOptions } from './client-options.ts';
import { proxyFor } from './proxy.ts';

const pem = (name: string) =>
  readFileSync(new URL(`../../../fixtures/provider/tls/${name}.pem`, import.meta.url), 'utf8');
const answer = 'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n';

const target = createSecureServer({ key: pem('key'), cert: pem('cert') }, (request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answer);
});
let opened = 200;
const tunnels: { to: string; as: string | undefined }[] = [];
const proxy = createServer();
proxy.on('connect', (request, socket, head) => {
  tunnels.push({ to: request.url ?? '', as: request.headers['proxy-authorization'] });
  if (request.headers['proxy-authorization'] === undefined) {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    return;
  }
  const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
    // Any 2xx opens a tunnel, and some proxies say 201 or 204.
    socket.write(`HTTP/1.1 ${opened} Connection Established\r\n\r\n`);
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
      body: '{}',
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

  it.each([201, 204, 299])('that answers CONNECT with %i opens the tunnel', async (status) => {
    opened = status;
    const exchange = await ask({ ca: [pem('cert')], httpsProxy: through('me:x@') }, 'arb.test');
    opened = 200;
    expect(exchange).toMatchObject({ state: 'completed', answer: 'hi' });
  });

  it.each([
    ['https://example.com', '*.example.com', 'p:1', 'nodejs/undici 5777'],
    ['https://a.b.example.com', '*.example.com', undefined, 'nodejs/undici 5777'],
    ['https://api.example.com', ' * ', undefined, 'nodejs/undici 5777'],
    ['https://api.example.com', 'none.invalid,*', undefined, 'nodejs/undici 5777'],
    ['https://api.example.com', '*:8443', 'p:1', 'nodejs/undici 5777'],
    ['https://api.example.com:8443', '*:8443', undefined, 'nodejs/undici 5777'],
    ['https://[2001:db8::1]', '2001:db8::1', undefined, 'nodejs/undici 5616'],
    ['https://[2001:db8::1]:56806', '[2001:db8::1]:56806', undefined, 'nodejs/undici 5616'],
    [
      'https://10.200.3.4',
      'localhost,inference.local,10.200.0.0/16',
      undefined,
      'NVIDIA/NemoClaw 704',
    ],
  ])('for %s and NO_PROXY "%s" is %s (%s)', (url, noProxy, host, _source) => {
    expect(proxyFor(new URL(url), { httpsProxy: 'http://p:1', noProxy })?.host).toBe(host);
  });

  it('is passed by for addresses in a CIDR range of NO_PROXY', () => {
    const via = (host: string, noProxy: string) =>
      proxyFor(new URL(`http://${host}`), { httpProxy: 'p:2', noProxy })?.host;
    expect(via('10.1.2.3', '10.0.0.0/8')).toBeUndefined();
    expect(via('11.1.2.3', '10.0.0.0/8')).toBe('p:2');
    expect(via('10.1.2.3:8080', '10.0.0.0/8:8080')).toBeUndefined();
    expect(via('10.1.2.3:8081', '10.0.0.0/8:8080')).toBe('p:2');
    expect(via('[fe80::12]', 'fd00::/8')).toBe('p:2');
    expect(via('[fd00::12]', 'fd00::/8')).toBeUndefined();
    expect(via('[fd00::12]', '[fd00::/8]')).toBeUndefined();
    expect(via('10.1.2.3', '10.0.0.0/99')).toBe('p:2');
    expect(via('litellm.svc', '10.0.0.0/8')).toBe('p:2');
  });

  it.each([
    ['socks5://p:1080', /SOCKS proxy, which arb does not support/],
    ['socks5h://u:secret@p:1080', /SOCKS proxy, which arb does not support/],
    ['ftp://p:21', /has the scheme ftp/],
    ['http://u:secret@host:bad', /cannot be read/],
  ])('at %s is refused in words, without its password', (httpProxy, words) => {
    const asked = () => proxyFor(new URL('http://api.example.com'), { httpProxy });
    expect(asked).toThrow(UsageError);
    expect(asked).toThrow(words);
    expect(asked).not.toThrow(/secret/);
  });
});

describe('plain http through a proxy', () => {
  it('hands it whole requests in absolute form, and keeps the connection (RFC 9112, 3.2.2)', async () => {
    const asked: { target: string; host: string; as: string; port: number }[] = [];
    const forward = createServer((request, response) => {
      const { url = '', headers, socket } = request;
      const as = headers['proxy-authorization'] ?? '';
      asked.push({ target: url, host: headers.host ?? '', as, port: socket.remotePort ?? 0 });
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answer);
    });
    await once(forward.listen(0, '127.0.0.1'), 'listening');
    const options = { httpProxy: `http://me:pw@127.0.0.1:${portOf(forward)}` };
    const client = createClient(options);
    const call = {
      target: plainTarget('http://litellm.corp:4000/v1'),
      body: '{}',
      signal: new AbortController().signal,
      requestId: 'r',
    };
    expect(await client.send(call)).toMatchObject({ state: 'completed', answer: 'hi' });
    expect(await client.send(call)).toMatchObject({ state: 'completed', connect: 0 });
    const list = await sendPlain('http://litellm.corp:4000/models?x=1', {}, options);
    await client.close();
    forward.close();
    expect(list.status).toBe(200);
    const as = `Basic ${Buffer.from('me:pw').toString('base64')}`;
    const chat = {
      target: 'http://litellm.corp:4000/v1/chat/completions',
      host: 'litellm.corp:4000',
    };
    expect(asked).toMatchObject([
      { ...chat, as },
      { ...chat, as, port: asked[0]?.port },
      { target: 'http://litellm.corp:4000/models?x=1', host: 'litellm.corp:4000', as },
    ]);
  });
});

describe('an https proxy', () => {
  it('with a certificate of the company is trusted by the added CA', async () => {
    const secure = createSecureServer({ key: pem('key'), cert: pem('cert') });
    secure.on('connect', (request, socket) => {
      const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const each of [onward, socket]) each.on('error', () => each.destroy());
    });
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    const httpsProxy = `https://localhost:${portOf(secure)}`;
    const trusted = await ask({ ca: [pem('cert')], httpsProxy }, 'arb.test');
    const not = await ask({ httpsProxy }, 'arb.test');
    secure.close();
    expect(trusted).toMatchObject({ state: 'completed', answer: 'hi' });
    expect(not).toMatchObject({ state: 'failed', reason: 'connect' });
  });

  it('with a public certificate stays trusted beside it, as the built-in roots are kept', () => {
    const { ca = [] } = trustAlso([pem('cert')]);
    expect(ca).toEqual(expect.arrayContaining([pem('cert'), ...getCACertificates('default')]));
    expect(ca.length).toBeGreaterThan(100);
    expect(trustAlso([])).toEqual({});
  });
});

describe('a target that arb cannot reach', () => {
  it('because it wants a client certificate is named in those words', async () => {
    const strict = createSecureServer({
      key: pem('key'),
      cert: pem('cert'),
      requestCert: true,
      rejectUnauthorized: true,
    });
    await once(strict.listen(0, '127.0.0.1'), 'listening');
    const client = createClient({ ca: [pem('cert')] });
    const exchange = await client.send({
      target: plainTarget(`https://localhost:${portOf(strict)}/v1`),
      body: '{}',
      signal: new AbortController().signal,
      requestId: 'r',
    });
    await client.close();
    strict.close();
    expect(exchange).toMatchObject({ state: 'failed', reason: 'connect' });
    expect(exchange.state === 'failed' && exchange.error).toMatch(
      /client certificate, which arb does not support/,
    );
  });

  it.each([
    ['by TLS', () => createSecureHttp2({ key: pem('key'), cert: pem('cert') }), 'https'],
    ['in the clear', () => createHttp2(), 'http'],
  ] as const)(
    'because it speaks HTTP/2 only, %s, is named in those words',
    async (_, make, scheme) => {
      const server = make();
      server.on('sessionError', () => undefined);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const client = createClient({ ca: [pem('cert')] });
      const exchange = await client.send({
        target: plainTarget(`${scheme}://localhost:${port}/v1`),
        body: '{}',
        signal: new AbortController().signal,
        requestId: 'r',
      });
      await client.close();
      server.close();
      expect(exchange).toMatchObject({ state: 'failed', reason: 'connect' });
      expect(exchange.state === 'failed' && exchange.error).toMatch(
        /speaks only HTTP\/2, which arb does not support/,
      );
    },
  );
});
