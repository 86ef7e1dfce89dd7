import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { gateways } from './gateways.ts';
import { checkExports, hostilePolicies, startPython } from './hostile.test.helper.ts';

const python = startPython();
afterAll(() => python.close());

describe('what is generated from a hostile policy', () => {
  it('holds data only, for every gateway, when it is parsed and run', async () => {
    await fc.assert(
      fc.asyncProperty(hostilePolicies, async (draft) => {
        const all = Object.values(gateways);
        expect(await checkExports(draft, { gateways: all, python })).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 300_000);
});
