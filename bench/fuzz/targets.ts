import { existsSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { configOfRun } from '../../src/command/config/config.ts';
import { configSchema } from '../../src/command/config/schema.ts';
import { ArbError } from '../../src/errors.ts';
import { gateways } from '../../src/gateway/gateways.ts';
import { importRouting } from '../../src/gateway/kit/import-routing.ts';
import { encodeRow, parseRow } from '../../src/outcome/row.ts';
import { dictionaries, emptyRow, LineScanner } from '../../src/outcome/scan.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { formatPolicy, parsePolicy } from '../../src/policy/write.ts';
import { parseYaml } from '../../src/policy/yaml.ts';
import { parseMarket } from '../../src/sim/market/market.ts';
import { parseKnownLine, parseLine } from '../../src/workload/line.ts';
import { answerTargets } from './answer-targets.ts';
import type { FuzzTarget } from './target.ts';

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
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

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
  ...answerTargets,
  'arb.yaml': {
    examples: [
      ...['fixtures/practice.arb.yaml', 'fixtures/contract/arb.yaml']
        .filter((path) => existsSync(path))
        .map((path) => parse(read(path), { merge: true })),
    ],
    write: toYaml,
    check(text, equal) {
      const config = attempt(() => parseYaml(configSchema, text, 'arb.yaml'));
      if (!config) return false;
      const loaded = attempt(() => configOfRun(config, 'arb.yaml'));
      if (!loaded) return false;
      const again = parseYaml(configSchema, toYaml(loaded.config), 'again.yaml');
      // A value that is null is one that is absent: as JSON both are nothing.
      if (!equal(JSON.parse(toJson(again)), JSON.parse(toJson(loaded.config)))) {
        throw new Error('a config is another one when it is read again');
      }
      for (const { limits, timeouts, name, price } of loaded.targets) {
        for (const [what, value] of Object.entries({ ...limits, ...timeouts, ...price })) {
          if (typeof value === 'number' && !(value >= 0))
            throw new Error(`${name}: ${what} is ${value}`);
        }
      }
      return true;
    },
  },
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
      const taken = scanner.scan(bytes, 0, bytes.length);
      // The reader parses the features by themselves, and refuses them there.
      const { featuresFrom, featuresTo } = scanner.row;
      const features = bytes.toString('utf8', featuresFrom, featuresTo);
      const quick = taken && (featuresTo === 0 || jsonOf(features) !== undefined);
      const value = jsonOf(text);
      const parsed = value === undefined ? undefined : parseRow(value);
      const whole = parsed?.state === 'whole';
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
