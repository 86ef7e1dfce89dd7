import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CarrierOptions } from '../../src/gateway/carrier/carrier.ts';
import { carrierFiles } from '../../src/gateway/carrier/carrier-files.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { ChatBody } from '../../src/workload/request.ts';
import type { GatewayCase } from './cases.ts';

/** The generated carrier, loaded as a caller would: from its file. */
export type Carry = (
  body: ChatBody,
  context: Pick<GatewayCase, 'task' | 'metadata' | 'session' | 'id'>,
) => {
  readonly rule: string;
  readonly headers: Record<string, string>;
  readonly metadata: Record<string, string>;
};

export async function carrierFor(policy: Policy, options: CarrierOptions): Promise<Carry> {
  const folder = mkdtempSync(join(tmpdir(), 'arb-carrier-'));
  try {
    const file = carrierFiles(policy, options).find(({ path }) => path === 'arb-carrier.ts');
    const path = join(folder, 'arb-carrier.ts');
    writeFileSync(path, file?.text ?? '');
    return (await import(pathToFileURL(path).href)).carry;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
