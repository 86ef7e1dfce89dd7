import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { ArbError } from '../../src/errors.ts';
import { gateways } from '../../src/gateway/gateways.ts';
import { importRouting } from '../../src/gateway/kit/import-routing.ts';
import { encodeRow, parseRow } from '../../src/outcome/row.ts';
import { dictionaries, emptyRow, LineScanner } from '../../src/outcome/scan.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { formatPolicy, parsePolicy } from '../../src/policy/write.ts';
import { parseMarket } from '../../src/sim/market/market.ts';
import { parseKnownLine, parseLine } from '../../src/workload/line.ts';

/** One reader under fuzz. Others are added here: an example, how it is written, what must hold. */
export interface FuzzTarget {
  readonly examples: readonly unknown[];
  readonly write: (value: unknown) => string;
  /** Whether the text was accepted. @throws where it is a finding. */
  readonly check: (text: string, equal: (a: unknown, b: unknown) => boolean) => boolean;
}

/** What `read` gives; nothing where it refuses as it should. Any other error is a finding. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ArbError) return undefined;
    throw error;
  }
}

const read = (path: string) => readFileSync(path, 'utf8');
const toYaml = (value: unknown) => stringify(value, { aliasDuplicateObjects: false });
const toJson = (value: unknown) => JSON.stringify(value) ?? 'null';

function sameWhenWritten(policy: Policy, equal: (a: unknown, b: unknown) => boolean): void {
  const { edited: _, ...plain } = policy;
  const again = parsePolicy(formatPolicy(plain), 'again.yaml');
  const ids = policy.id === 'none' || again.edited === undefined;
  if (!ids) throw new Error('a policy that was written is edited when it is read');
  if (!equal({ ...again, id: '' }, { ...plain, id: '' })) {
    throw new Error('a policy is another one when it is written and read again');
  }
}

function importer(name: 'litellm' | 'portkey', examples: readonly unknown[]): FuzzTarget {
  return {
    examples,
    write: name === 'portkey' ? toJson : toYaml,
    check(text, equal) {
      const got = attempt(() => importRouting(gateways[name], text, { file: 'f' }));
      if (got) sameWhenWritten(got.policy, equal);
      return got !== undefined;
    },
  };
}

export const fuzzTargets = {
  'routes.yaml': {
    examples: ['fixtures/contract/routes.yaml', 'fixtures/export/routes.yaml'].map((path) =>
      parse(read(path)),
    ),
    write: toYaml,
    check(text, equal) {
      const policy = attempt(() => parsePolicy(text, 'routes.yaml'));
      if (policy) {
        sameWhenWritten(policy, equal);
        for (const gateway of Object.values(gateways)) {
          attempt(() => gateway.export(policy, { allowLoss: true }));
        }
      }
      return policy !== undefined;
    },
  },
  'import litellm': importer('litellm', [
    ...['team', 'small', 'anchors'].map((name) =>
      parse(read(`fixtures/export/merge/${name}.yaml`), { merge: true }),
    ),
    parse(read('fixtures/export/litellm-plain/litellm.yaml')),
  ]),
  'import portkey': importer('portkey', [JSON.parse(read('fixtures/export/portkey/portkey.json'))]),
  workload: {
    examples: read('fixtures/contract/workload.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    write: toJson,
    check(text, equal) {
      const parsed = attempt(() => parseLine(text, 1));
      if (parsed?.state !== 'request') return false;
      const again = parseKnownLine(text, 1);
      if (!equal(again, parsed.request)) {
        throw new Error('a line is another request when it is read again without its check');
      }
      return true;
    },
  },
  market: {
    examples: [parse(read('fixtures/practice.market.yaml'), { merge: true })],
    write: toYaml,
    check(text, equal) {
      const market = attempt(() => parseMarket(text, 'market.yaml'));
      if (!market) return false;
      const again = parseMarket(toYaml(market), 'again.yaml');
      if (!equal(again, market)) throw new Error('a market is another one when it is read again');
      return true;
    },
  },
  outcomes: {
    examples: [
      { request_id: 'a', target: 't', cost_usd: 0.1, quality: 1, status: 'ok', pass: 1, task: 'x' },
      { request_id: 'b', target: 't', features: { app: 'y', 'metadata.k': 2 }, latency_ms: 12.5 },
    ],
    write: toJson,
    check(text) {
      const names = dictionaries();
      const bytes = Buffer.from(text);
      const scanner = new LineScanner(names);
      const quick = scanner.scan(bytes, 0, bytes.length);
      const parsed = parseRow(JSON.parse(text));
      const whole = parsed.state === 'whole';
      if (quick && !whole)
        throw new Error('the scanner takes a line that the exact reader refuses');
      if (!whole) return false;
      const exact = encodeRow(parsed.row, names, emptyRow());
      for (const name of ['cost_usd', 'quality', 'latency_ms', 'pass', 'status'] as const) {
        if (quick && !Object.is(scanner.row[name], exact[name])) {
          throw new Error(`the scanner reads another ${name} than the exact reader`);
        }
        if (exact[name] < 0) throw new Error(`${name} is negative`);
      }
      return true;
    },
  },
} as const satisfies Record<string, FuzzTarget>;
