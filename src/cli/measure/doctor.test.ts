import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arb, folderWith } from '../harness.test.helper.ts';

/** A provider that knows one key. */
const server = createServer((request, response) => {
  response.setHeader('date', 'Fri, 20 Nov 2026 01:00:00 GMT');
  const knows = request.headers.authorization === 'Bearer right';
  response.writeHead(request.url?.startsWith('/silent') ? 404 : knows ? 200 : 401).end('{}');
});
let port = 0;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

async function examine(target: string, env: Record<string, string> = {}) {
  const dir = folderWith({ 'arb.yaml': `targets: {t: {${target}}}` });
  const flags = ['--config', `${dir}/arb.yaml`, '--folder', `${dir}/reports`, '--no-calibrate'];
  return await arb(['doctor', ...flags], { env });
}

const own = (path: string, more = '') =>
  `provider: openai-compatible, base_url: "http://127.0.0.1:${port}${path}", model: m${more}`;

describe('arb doctor', () => {
  it('finds a machine whose target takes its key ready, and asks nothing that costs', async () => {
    const { code, stdout } = await examine(own('/v1', ', api_key_env: K'), { K: 'right' });
    expect(stdout).toMatch(/^ok +t: 127\.0\.0\.1:\d+: DNS .* takes the key in K$/m);
    for (const name of ['node', 'disk', 'open files', 'proxies', 'clock']) {
      expect(stdout).toMatch(new RegExp(`^(ok|warning) +${name}: `, 'm'));
    }
    expect(code).toBe(0);
  });

  it.each([
    ['a key that is refused', { K: 'wrong' }, /t: .*refused the key in K \(HTTP 401\)/],
    ['a key that is not there', {}, /t: K is not set\n +do: export K=/],
  ])('says what to do about %s, and ends with 1', async (_, env, says) => {
    const { code, stdout } = await examine(own('/v1', ', api_key_env: K'), env);
    expect([code, stdout]).toEqual([1, expect.stringMatching(says)]);
    expect(stdout).not.toContain('wrong');
  });

  it('ends on the step that is next: an arb.yaml where there is none, else a bench', async () => {
    const flags = ['--folder', folderWith({}), '--no-calibrate'];
    expect((await arb(['doctor', ...flags])).stdout).toMatch(/\nnext: arb init\n$/);
    const { stdout } = await examine(own('/v1'));
    expect(stdout).toMatch(/\nnext: arb bench WORKLOAD\n$/);
  });

  it('does not call a key good that nobody looked at', async () => {
    const { code, stdout } = await examine(own('/silent', ', api_key_env: K'), { K: 'any' });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/does not say whether it takes/)]);
  });

  it('says of an address that nothing listens there, or that its name has none', async () => {
    const dead = await examine(
      'provider: openai-compatible, base_url: "http://127.0.0.1:9/v1", model: m',
    );
    expect([dead.code, dead.stdout]).toEqual([1, expect.stringMatching(/nothing listens there/)]);
    const unknown = await examine(
      'provider: openai-compatible, base_url: "http://arb-test.invalid/v1", model: m',
    );
    expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringMatching(/has no address/)]);
  });

  it('names a proxy without its password', async () => {
    const { stdout } = await examine(own('/v1'), { HTTPS_PROXY: 'http://me:secret@proxy:3128' });
    expect(stdout).toMatch(/proxies: https: by proxy:3128/);
    expect(stdout).not.toContain('secret');
  });
});
