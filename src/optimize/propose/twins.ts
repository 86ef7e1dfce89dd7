import { slowShare, weightOf } from '../../outcome/outcome-vector.ts';
import { listTargets } from '../../policy/policy.ts';
import { compareVectors, differenceInterval } from '../compare/paired.ts';
import { timesOf } from '../problem/slo.ts';
import { sloRows } from '../problem/slow.ts';
import type { Study } from '../problem/study.ts';
import { at, floatAt } from '../rows/at.ts';

/** Costs further apart than this are two prices. */
const samePrice = 0.01;
/** Standard errors that the shares of slow requests of equals may be apart. */
const sameSlowness = 2;
/** Error of all tests of a pair together. */
const pairAlpha = 0.05;

/**
 * Targets that the choosing part cannot tell apart, in price, quality on any task or slow requests:
 * what a policy gains by splitting between them is noise. The first of each group stands for all:
 * the baseline, else one that is in force, else the cheapest. Two models are never equals, nor are
 * targets under a limit of their own, for which a second route is needed.
 */
export function findTwins(study: Study, rows: Int32Array): readonly (readonly number[])[] {
  const { names, options, baseline, vectors, table } = study;
  const { peakRpm, maxProviderShare = 1, targets, current, pinnedTargets } = options;
  if (rows.length === 0 || peakRpm !== undefined || maxProviderShare < 1) return [];
  const inForce = new Set(current?.policy.rules.flatMap(listTargets));
  const cost = vectors.map((vector) =>
    rows.reduce((sum, row) => sum + weightOf(table, row) * floatAt(vector.cost, row), 0),
  );
  const rank = (t: number) =>
    names[t] === baseline.name ? 0 : inForce.has(names[t] as string) ? 1 : 2;
  const order = [...names.keys()]
    .filter((t) => !pinnedTargets.includes(names[t] as string))
    .sort((a, b) => rank(a) - rank(b) || at(cost, a) - at(cost, b));
  const groups: number[][] = [];
  for (const target of order) {
    const [mine, facts] = [at(cost, target), targets[names[target] as string]];
    const group = groups.find(([first = 0]) => {
      const [other, theirs] = [at(cost, first), targets[names[first] as string]];
      const models = [facts?.model, theirs?.model];
      if (!models.includes(undefined) && models[0] !== models[1]) return false;
      const apart = Math.abs(mine - other) > samePrice * Math.min(mine, other);
      return !apart && isAlike(study, [first, target], rows);
    });
    if (group) group.push(target);
    else groups.push([target]);
  }
  return groups.filter((group) => group.length > 1);
}

function isAlike(
  study: Study,
  [first, second]: readonly [number, number],
  rows: Int32Array,
): boolean {
  const [one, other] = [study.vectors[first], study.vectors[second]];
  if (!one || !other) return false;
  const task = study.table.features.get('task');
  const parts = (task?.values ?? []).map((_, code) =>
    rows.filter((row) => task?.code[row] === code),
  );
  const alpha = pairAlpha / (parts.length + 1);
  const sameQuality = [rows, ...parts].every((part) => {
    if (part.length === 0) return true;
    const { low, high } = differenceInterval(compareVectors(study, [one, other], part), alpha);
    return low <= 0 && 0 <= high;
  });
  return (
    sameQuality &&
    study.options.slos.every((slo) => {
      const applies = sloRows(study, slo);
      const [mine, theirs] = [timesOf(one, slo), timesOf(other, slo)];
      let [net, discordant] = [0, 0];
      for (const row of rows) {
        if (!applies(row)) continue;
        const change = slowShare(mine, row, slo.atMost) - slowShare(theirs, row, slo.atMost);
        net += change;
        discordant += Math.abs(change);
      }
      return Math.abs(net) <= sameSlowness * Math.sqrt(discordant);
    })
  );
}
