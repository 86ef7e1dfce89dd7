import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { scripted } from '../provider/scripted.test.helper.ts';
import { getJson } from './get-json.ts';

const server = await scripted(
  { steps: ['{"data": [', '{"id": "a/b"}]}'] },
  { status: 503, steps: ['{}'] },
  { steps: ['<html>'] },
);
afterAll(() => server.close());

describe('a JSON document', () => {
  it('is read with the key of whoever has one, however it is cut', async () => {
    const found = await getJson(`${server.url}/models?x=1`, { key: 'k-1' });
    expect(found).toEqual({ data: [{ id: 'a/b' }] });
    expect(server.asked[0]).toMatchObject({
      path: '/v1/models?x=1',
      headers: { authorization: 'Bearer k-1', accept: 'application/json' },
    });
  });

  it.each(['an error status', 'a page instead'])('is refused where it is %s', async () => {
    const asked = getJson(`${server.url}/models`);
    await expect(asked).rejects.toThrow(UsageError);
    await expect(asked).rejects.toThrow(/cannot be read .* save the list and give the file/);
  });

  it('is refused where nobody answers', async () => {
    await expect(getJson('http://127.0.0.1:9/models')).rejects.toThrow(/cannot be read/);
  });
});
