import type { Target } from './target.ts';

/** What of a target says which model it is. */
export type Named = Pick<Target, 'name' | 'model' | 'maker' | 'params' | 'sameAs'>;

/**
 * The model behind each target, by target name: routes to the same model have the same. `same_as` in
 * arb.yaml decides; else routes belong together whose models have the same maker, the same name but for
 * the vendor in front, the way a version is written, the date of a snapshot and marks of the host's
 * own, and whose parameters are the same but for those of routing.
 */
export function groupByModel(targets: readonly Named[]): ReadonlyMap<string, string> {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const dates = new Map<string, Set<string>>();
  for (const target of targets) {
    const { date } = parseModelName(target.model);
    const seen = dates.get(toModelKey(target)) ?? new Set();
    dates.set(toModelKey(target), date === undefined ? seen : seen.add(date));
  }
  const said = (target: Named, seen: readonly string[] = []): string => {
    const { sameAs, name } = target;
    const other = sameAs === undefined ? undefined : byName.get(sameAs);
    if (other && !seen.includes(name)) return said(other, [...seen, name]);
    if (sameAs !== undefined && !other) return sameAs;
    const key = toModelKey(target);
    // Two snapshots are two models; one without a date could be either, and is taken for neither.
    if ((dates.get(key)?.size ?? 0) < 2) return key;
    return `${key} of ${parseModelName(target.model).date ?? 'no date'}`;
  };
  return new Map(targets.map((target) => [target.name, said(target)]));
}

function toModelKey({ model, maker, params }: Named): string {
  const { family } = parseModelName(model);
  const set = Object.entries(params.set)
    .filter(([name]) => !ofTheRoute.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const own = set.length === 0 ? '' : ` ${JSON.stringify(Object.fromEntries(set))}`;
  return `${maker === 'unknown' ? '' : `${maker}/`}${family}${own}`;
}

/** Parameters that say how to get there, and to whom the bill goes, and change no answer. */
const ofTheRoute = ['provider', 'usage', 'user', 'metadata', 'store', 'stream_options'];

/** `anthropic/claude-sonnet-4.5` and `claude-sonnet-4-5-20250929` are one family. */
function parseModelName(model: string): { readonly family: string; readonly date?: string } {
  const bare = (model.toLowerCase().split('/').at(-1) ?? '')
    // OpenRouter's ways to choose a host of the same model.
    .replace(/:(?:free|nitro|floor|exacto|extended)$/, '')
    // Bedrock's `-v1:0`, and its vendor in front.
    .replace(/-v\d+:\d+$/, '')
    .replace(/^(?:[a-z]+\.)?(?:anthropic|meta|mistral|amazon|cohere|deepseek)\.(?=[a-z])/, '');
  const date = /[-@](20\d{2})-?(\d{2})-?(\d{2})(?=$|-)/.exec(bare);
  const family = (date ? bare.replace(date[0], '') : bare)
    // Fireworks writes 3.3 as v3p3; others write 4.5 as 4-5.
    .replaceAll(/\bv(\d+)p(\d+)\b/g, '$1-$2')
    .replaceAll(/(?<=\d)\.(?=\d)/g, '-')
    .replace(/-instruct-(?:turbo|fp8|lite|maas)$/, '-instruct');
  return { family, ...(date && { date: date.slice(1).join('') }) };
}
