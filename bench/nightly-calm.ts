import { draftPolicy } from '../src/optimize/draft.ts';
import type { RecommendOptions } from '../src/optimize/problem/options.ts';
import { recommendTable } from '../src/optimize/recommend.ts';
import { toOutcomeTable } from '../src/outcome/read.ts';
import type { OutcomeRow } from '../src/outcome/row.ts';
import { decide } from '../src/policy/decide.ts';
import type { Policy } from '../src/policy/policy.ts';
import { makePolicy } from '../src/policy/write.ts';
import { dice } from '../src/statistics/random.test.helper.ts';

/**
 * Nights of a nightly job that asks for a better policy than the one in force. On a market that does
 * not change at most 5 % of the nights may propose other rules or targets; a change of the market,
 * a price or a quality, must be proposed within two nights.
 *
 * `--nights N` (default 200), `--changes N` (default 20), `--requests N` a night (default 2,000).
 */
const MOST_CHURN = 0.05;
const LEAST_FOUND = 0.95;
const TASKS = ['chat', 'code', 'extract', 'summarize'] as const;

/** USD per request, and the chance of a right answer by task. */
interface TargetTruth {
  readonly usd: number;
  readonly right: Readonly<Record<string, number>>;
}
type Market = Readonly<Record<string, TargetTruth>>;

const same = (right: number) => Object.fromEntries(TASKS.map((task) => [task, right]));
const market: Market = {
  strong: { usd: 0.01, right: same(0.95) },
  // Two routes of one quality at nearly one price: the coin that a nightly job likes to flip.
  'cheap-a': { usd: 0.001, right: { ...same(0.95), code: 0.6, extract: 0.8 } },
  'cheap-b': { usd: 0.00102, right: { ...same(0.95), code: 0.6, extract: 0.8 } },
  middle: { usd: 0.004, right: { ...same(0.95), code: 0.85 } },
};

const option = (name: string, usual: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const [nights, changes, requests] = [
  option('nights', 200),
  option('changes', 20),
  option('requests', 2_000),
];

/** The outcomes of one night: other requests, the same market. */
function night(truth: Market, seed: number) {
  const roll = dice(Math.imul(seed + 1, 0x9e3779b1));
  const chance = () => roll(1_000_000) / 1_000_000;
  const rows: OutcomeRow[] = [];
  for (let i = 0; i < requests; i++) {
    const task = TASKS[roll(TASKS.length)] ?? 'chat';
    // What is hard is hard for all: one draw a request, so that targets agree more than by chance.
    const hard = chance();
    const size = 0.5 + chance();
    for (const [target, { usd, right }] of Object.entries(truth)) {
      const own = chance() < 0.7 ? hard : chance();
      rows.push({
        request_id: `n${seed}-${i}`,
        target,
        task,
        input_tokens: Math.round(400 * size),
        cost_usd: usd * size,
        quality: own < (right[task] ?? 0) ? 1 : 0,
      });
    }
  }
  return toOutcomeTable(rows);
}

const asked: RecommendOptions = {
  by: ['task', 'input_tokens'],
  baseline: 'strong',
  floor: 'baseline-0.02',
};

/** What a night proposes instead of the policy in force; nothing where it stays. */
function propose(truth: Market, seed: number, current: Policy | undefined): Policy | undefined {
  const found = recommendTable(night(truth, seed), {
    ...asked,
    ...(current && { current: { name: 'current', policy: current } }),
  });
  if (found.status !== 'certified' || found.keep) return undefined;
  const policy = makePolicy(draftPolicy(found));
  return current && routing(policy) === routing(current) ? undefined : policy;
}

/** Where each kind of request goes: a share, a name of a rule or a threshold without effect is none. */
function routing(policy: Policy): string {
  return TASKS.flatMap((task) =>
    [200, 400, 600].map((input_tokens) =>
      decide(policy, { task, input_tokens })
        .primaries.map(({ target }) => target)
        .join('+'),
    ),
  ).join(' ');
}

function start(seed: number): Policy {
  for (let at = 0; at < 20; at++) {
    const policy = propose(market, seed + at, undefined);
    if (policy) return policy;
  }
  throw new Error('no night certified a policy to start with');
}

let current = start(1_000_000);
console.log(`in force: ${routing(current)}`);
let churned = 0;
for (let at = 0; at < nights; at++) {
  const other = propose(market, at, current);
  if (!other) continue;
  churned += 1;
  current = other;
  console.log(`night ${at}: ${routing(other)}`);
}
console.log(`${churned} of ${nights} nights on an unchanged market propose another policy`);

/** Prices that fall and qualities that break, each on a target and a task of its own. */
function planted(at: number): { readonly name: string; readonly market: Market } {
  const base = market['cheap-a'] as TargetTruth;
  if (at % 2 === 0) {
    const usd = 0.0002 + 0.00002 * at;
    return { name: `middle at $${usd}`, market: { ...market, middle: { usd, right: same(0.95) } } };
  }
  const task = at % 4 === 1 ? 'chat' : 'summarize';
  const broken = { ...base, right: { ...base.right, [task]: 0.6 } };
  return {
    name: `cheap routes break on ${task}`,
    market: { ...market, 'cheap-a': broken, 'cheap-b': { ...broken, usd: 0.00102 } },
  };
}

let found = 0;
for (let at = 0; at < changes; at++) {
  const { name, market: changed } = planted(at);
  const seed = 2_000_000 + 2 * at;
  const noticed = propose(changed, seed, current) ?? propose(changed, seed + 1, current);
  if (noticed) found += 1;
  else console.log(`not proposed within two nights: ${name}`);
}
console.log(`${found} of ${changes} planted changes are proposed within two nights`);

const good = churned <= MOST_CHURN * nights && found >= LEAST_FOUND * changes;
process.exitCode = good ? 0 : 1;
