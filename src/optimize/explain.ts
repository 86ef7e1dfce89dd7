import type { Recommendation } from './recommendation.ts';
import type { RuleReport } from './rules/report-rules.ts';

/** A recommendation in plain English, one sentence a line. */
export function explainRecommendation(found: Recommendation): string[] {
  return [
    ...whatFor(found),
    ...whatToDo(found),
    ...found.rules.map((rule) => ruleSentence(rule, found)),
    ...whyBelieve(found),
    ...found.findings.map(({ text }) => `Note: ${text}.`),
  ];
}

function whatFor({ baseline, inSample, floor }: Recommendation): string[] {
  const who = { target: `target ${baseline.name}`, recorded: 'the log', policy: baseline.name };
  return [
    `The comparison is with ${who[baseline.kind]}: quality ${percent(baseline.quality)} at ${dollars(baseline.costUsd)} a request over ${inSample.n} requests.`,
    `What is asked: ${floor.claims.join('; ')}.`,
  ];
}

function whatToDo(found: Recommendation): string[] {
  const { infeasible, notFound, inSample, bound, optimal } = found;
  if (infeasible) return [`It cannot be had: ${infeasible.text}`];
  if (notFound) return [`It is not settled: ${notFound.text}`];
  const sure = optimal
    ? 'Nothing in this class is cheaper'
    : `Nothing in this class is cheaper by more than ${percent(bound.gap)}`;
  return [
    `On these rows the cheapest policy (${found.class}) costs ${dollars(inSample.costUsd)} a request, ${percent(inSample.saving)} less, at quality ${percent(inSample.quality)}. ${sure}. That is no promise: it was chosen by the same rows.`,
  ];
}

function ruleSentence(rule: RuleReport, { keep, status }: Recommendation): string {
  if (keep) return `Keep the policy in force (${rule.use}).`;
  if (status === 'keep-current') return `Keep ${rule.use} for everything.`;
  const { score, change, chain } = rule;
  const rest = rule.fallback.length > 0 ? `, falling back to ${rule.fallback.join(', then ')}` : '';
  const fails = chain.failsFirst > 0 ? ` It fails ${percent(chain.failsFirst)} of them.` : '';
  const weakness = chain.weakness ? ` There is ${chain.weakness}.` : '';
  return `Rule ${rule.name} sends ${percent(rule.share)} of the requests to ${rule.use}${rest}: it saves ${dollars(rule.savesUsd)} per request of the whole traffic and changes quality there by ${points(change.estimate)} (between ${points(change.low)} and ${points(change.high)}, of ${score.n} requests).${fails}${weakness}`;
}

function whyBelieve({ certificate, firstLook }: Recommendation): string[] {
  if (!certificate) {
    if (!firstLook) return ['Nothing was proved.'];
    const { n, overFloor, saving } = firstLook;
    const side = overFloor.estimate < 0 ? 'below' : 'above';
    return [
      `Nothing was proved. Chosen by one half of the requests and looked at on the other ${n}, the optimum saves ${percent(saving)} and is ${points(Math.abs(overFloor.estimate))} ${side} the floor.`,
    ];
  }
  const { verdict, claim, parts, why, saving, kept } = certificate;
  const lines = [
    `${verdict}: "${claim}", tested on ${parts.certify} requests that the optimiser never saw (${why}).`,
  ];
  if (saving) {
    lines.push(
      `There it saves ${percent(saving.estimate)} (95 % limits ${percent(saving.low)} to ${percent(saving.high)}).`,
    );
  }
  if (certificate.noWorseThanAny) {
    lines.push(
      `The claim holds against every single target, too: a test of its own, with an error of ${percent(certificate.alpha)} beside the certificate's.`,
    );
  }
  if (kept) {
    lines.push(
      `The policy in force passes as well, and the new one would save ${percent(kept.saving.estimate)} against it, not surely more than ${percent(kept.hysteresis)}: no change.`,
    );
  }
  return lines;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function points(change: number): string {
  return `${(100 * change).toFixed(1)} points`;
}

function dollars(usd: number): string {
  return `$${usd.toPrecision(3)}`;
}
