import type { UnitName, Usage, UsageTerm } from '../provider/usage/usage.ts';
import { type Tokens, tokens, type Usd, usd } from '../units.ts';
import { computedPrice, type Priced } from './cost.ts';
import { unitPlaces } from './override.ts';

/** How many tokens a request may be billed for. */
interface Forecast {
  readonly inputTokens: Tokens;
  readonly maxTokens: Tokens;
  /** What of them may be no text, by what the request holds and asks for. @default none */
  readonly units?: readonly UnitName[];
}

/** What all tokens of one side of a request may be: part of a usage, given how many they are. */
type Kind = (count: Tokens) => Partial<Usage>;

const asUnit =
  (unit: UnitName): Kind =>
  (count) => ({ units: [{ unit, count, field: unit }] });

/** Text, read from the cache or written to it; what of the input is no text comes with `units`. */
const textKinds: readonly Kind[] = [
  () => ({}),
  (count) => ({ cachedTokens: count }),
  (count) => ({ cacheWriteTokens: count }),
  (count) => ({ cacheWriteTokens: count, cacheWriteHourTokens: count }),
];

/**
 * The most that one attempt can cost, to be reserved before it is sent: all input at the dearest price
 * that it can have (text, written to the cache, the modalities it holds), every allowed token written
 * at the dearest price of the outputs it asks for, on the dearest terms, beyond a step of long contexts or
 * just below it. Absent where the price is not known.
 */
export function worstCaseCost(
  target: Priced,
  { inputTokens, maxTokens, units = [] }: Forecast,
  at: Date,
): Usd | undefined {
  const { inputs, outputs } = kindsOf(target, units, at);
  const above = target.price?.long_context?.above ?? 0;
  const lengths = above > 0 && inputTokens > above ? [inputTokens, tokens(above)] : [inputTokens];
  // A price may change with the hour while the attempt runs.
  const instants = [at, new Date(at.getTime() + 3_600_000)];
  const terms = dearestTerms(target);
  let most: number | undefined;
  for (const length of lengths) {
    for (const input of inputs) {
      for (const output of outputs) {
        const usage = join(input, output, { input: length, output: maxTokens });
        for (const each of terms) {
          for (const instant of instants) {
            const bill = { target, usage: { ...usage, terms: each }, at: instant };
            const { cost } = computedPrice(bill);
            if (cost !== undefined && cost > (most ?? -1)) most = cost;
          }
        }
      }
    }
  }
  return most === undefined ? undefined : usd(most);
}

/** Whether a unit has a price at a target, so that content of that kind has a worst case. */
export function pricesUnit(target: Priced, unit: UnitName, at: Date): boolean {
  const usage = join(asUnit(unit), () => ({}), { input: tokens(1), output: tokens(1) });
  return computedPrice({ target, usage, at }).cost !== undefined;
}

/** Whether a service tier has a price at a target. */
export function pricesTier(target: Priced, tier: string, at: Date): boolean {
  const plain = { inputTokens: tokens(1), outputTokens: tokens(1) };
  const terms = [{ field: 'service_tier', value: tier }];
  return computedPrice({ target, usage: { ...plain, terms }, at }).cost !== undefined;
}

interface Kinds {
  readonly inputs: readonly Kind[];
  readonly outputs: readonly Kind[];
}

/** What is dearest at a target is asked once, not for each request: prices are additive. */
const known = new WeakMap<Priced, Map<string, Kinds>>();

function kindsOf(target: Priced, units: readonly UnitName[], at: Date): Kinds {
  const ofTarget = known.get(target) ?? new Map<string, Kinds>();
  known.set(target, ofTarget);
  const name = units.join();
  const before = ofTarget.get(name);
  if (before) return before;
  const inputs = units.filter((unit) => unitPlaces[unit] === 'input').map(asUnit);
  const outputs = units.filter((unit) => unitPlaces[unit] === 'output').map(asUnit);
  const none = () => ({});
  const found = {
    inputs: dearest([...textKinds, ...inputs], (kind, count) =>
      costOf(target, join(kind, none, { input: count, output: tokens(0) }), at),
    ),
    // Beside an input of the same length: beyond a step the outputs have other prices too.
    outputs: dearest([none, ...outputs], (kind, count) =>
      costOf(target, join(none, kind, { input: count, output: count }), at),
    ),
  };
  ofTarget.set(name, found);
  return found;
}

const costOf = (target: Priced, usage: Usage, at: Date) =>
  computedPrice({ target, usage, at }).cost;

/** The kinds that cost most, of few tokens or of many: prices may have steps. */
function dearest(
  kinds: readonly Kind[],
  costFor: (kind: Kind, count: Tokens) => Usd | undefined,
): Kind[] {
  const [plain = () => ({}), ...others] = kinds;
  const kept = [1_000, 1_000_000].map((count) => {
    let best = plain;
    for (const kind of others) {
      const cost = costFor(kind, tokens(count));
      if (cost !== undefined && cost > (costFor(best, tokens(count)) ?? -1)) best = kind;
    }
    return best;
  });
  return [...new Set(kept)];
}

function join(
  input: Kind,
  output: Kind,
  counts: { readonly input: Tokens; readonly output: Tokens },
): Usage {
  const [read, written] = [input(counts.input), output(counts.output)];
  const units = [...(read.units ?? []), ...(written.units ?? [])];
  return {
    inputTokens: counts.input,
    outputTokens: counts.output,
    ...read,
    ...(units.length > 0 && { units }),
  };
}

/** Terms that an answer may come under though nothing of the request says so, and the list price. */
function dearestTerms({ price, catalogue }: Priced): readonly (readonly UsageTerm[])[] {
  // A workspace may have a default place of inference; each factor of the user's own may hold.
  const geo = [{ field: 'inference_geo', value: 'us' }];
  if (!price) return catalogue === 'anthropic' ? [[], geo] : [[]];
  const own = Object.entries(price.factors ?? {}).map(([name, factor]) => {
    const at = name.indexOf('=');
    return { term: { field: name.slice(0, at), value: name.slice(at + 1) }, factor };
  });
  // One answer has one value of each field: together the dearest of each.
  const byField = [...Map.groupBy(own, ({ term }) => term.field).values()];
  const together = byField.flatMap((each) => {
    const [most] = each.toSorted((a, b) => b.factor - a.factor);
    return most && most.factor > 1 ? [most.term] : [];
  });
  return together.length > 0 ? [[], together] : [[]];
}
