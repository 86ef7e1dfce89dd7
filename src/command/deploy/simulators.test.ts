import { afterEach, describe, expect, it } from 'vitest';
import { makePolicy } from '../../policy/write.ts';
import { parseMarket } from '../../sim/market/market.ts';
import { startMarket } from '../../sim/server/server.ts';
import { find, openSimulators } from './simulators.ts';

const place = (name: string, model: string, path = name, port = 1) => ({
  ...{ name, model, path },
  url: `http://127.0.0.1:${port}`,
});
const places = [
  place('small', 'm-small'),
  place('routed-small', 'm-small', 'router/api'),
  place('routed-large', 'm-large', 'router/api'),
  place('small', 'm-small', 'small', 2),
];

describe('the simulated provider of a target', () => {
  it.each([
    ['by the path of its address', 'a', 'http://127.0.0.1:2/small/v1', 'x', places[3]],
    [
      'by path and model, where a path has several',
      'a',
      'https://r.ai/router/api/v1',
      'm-large',
      places[2],
    ],
    ['by its name', 'routed-small', 'https://example.org/v1', 'x', places[1]],
    ['by a model that only one has', 'a', 'https://example.org/v1', 'm-large', places[2]],
    ['and none where two have its model', 'a', 'https://example.org/v1', 'm-small', undefined],
    ['and none where two have its name', 'small', undefined, 'x', undefined],
  ])('is found %s', (_, name, base_url, model, found) => {
    expect(find(name, { model, ...(base_url !== undefined && { base_url }) }, places)).toBe(found);
  });
});

let open: Awaited<ReturnType<typeof startMarket>>[] = [];

afterEach(async () => {
  await Promise.all(open.map((market) => market.close()));
  open = [];
});

async function marketOf(name: string): Promise<string> {
  const target = `{model: m-${name}, price: {input: 1, output: 1}, ttft: 1, output_tokens: {default: 2}, accuracy: {default: 1}}`;
  const market = parseMarket(`time_scale: 0.5\ntargets: {${name}: ${target}}`, 'test');
  const running = await startMarket({ market, port: 0 });
  open.push(running);
  return running.url;
}

const ask = async (url: string, name: string) => {
  const body = JSON.stringify({ model: `m-${name}`, messages: [{ role: 'user', content: 'Hi' }] });
  return (await fetch(`${url}/${name}/v1/chat/completions`, { method: 'POST', body })).status;
};

describe('several simulators', () => {
  it('fail and are counted as one, each by its own targets', async () => {
    const urls = [await marketOf('a'), await marketOf('b')];
    const [first = '', second = ''] = urls;
    const policy = makePolicy({
      ...{ status: 'uncertified', features: {} },
      targets: { a: {}, alias: { model: 'm-a' }, b: {}, real: { model: 'm-real' } },
      rules: [{ name: 'all', use: 'a', fallback: ['b', 'alias', 'real'] }],
    });
    const simulators = await openSimulators({ urls, policy, failure: 'rate-limited' });
    expect(simulators.timeScale).toBe(0.5);
    await simulators.fail(['b']);
    expect([await ask(first, 'a'), await ask(second, 'b')]).toEqual([200, 429]);
    // Two names of the policy stand for the one that answered.
    expect(await simulators.served()).toEqual(['a', 'alias']);
    expect(await simulators.served()).toEqual([]);
    await simulators.release();
    expect(await ask(second, 'b')).toBe(200);
    expect(await simulators.served()).toEqual(['b']);
    expect(simulators.placeOf('real')).toBeUndefined();
    await expect(simulators.fail(['real'])).rejects.toThrow(/"real" cannot be made to fail/);
  });
});
