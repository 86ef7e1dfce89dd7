import { formatPercent, formatPoints, formatUsd } from '../../../units.ts';
import { frontierChart, type Mark } from '../chart/frontier.ts';
import { figure, type HtmlPart, h, lines, section, table } from '../kit/element.ts';
import type { ReportData, ReportDecision } from '../kit/report-data.ts';

/** The frontier with every target and policy on it, and a slider over its steps. */
export function decisionSection({ decision }: ReportData): HtmlPart {
  if (!decision || decision.frontier.steps.length === 0) return null;
  const steps = thin(decision.frontier.steps);
  const marks = listMarks(decision);
  const numbers = table(
    'Every target and policy',
    ['name', 'kind', 'USD per 1,000 requests', 'quality'],
    marks.map(({ name, kind, cost, quality }) => [
      name,
      kind,
      formatUsd(1_000 * cost),
      formatPercent(quality),
    ]),
  );
  return section(
    'frontier',
    'Cost and quality',
    figure(
      frontierChart(steps, marks),
      `The line is the cheapest policy of its class (${decision.found.class}) at each quality, on these very requests: only the one that is marked as proposed was tested on requests that did not choose it.`,
      numbers,
    ),
    h(
      'div',
      { className: 'controls only-script', hidden: true },
      h('label', { htmlFor: 'floor' }, 'Policy along the line'),
      h('input', {
        id: 'floor',
        type: 'range',
        min: 0,
        max: steps.length - 1,
        step: 1,
        defaultValue: steps.length - 1,
      }),
      h('output', { id: 'floor-text', htmlFor: 'floor' }),
    ),
    h('div', { id: 'frontier-steps' }, stepTable(steps)),
  );
}

/** A line of thousands of steps is read by its shape; some forty of them say the same. */
function thin<Step>(steps: readonly Step[]): Step[] {
  const every = Math.ceil(steps.length / 40);
  return steps.filter((_, index) => index % every === 0 || index === steps.length - 1);
}

function stepTable(steps: ReportDecision['frontier']['steps']) {
  return table(
    'Policies along the line',
    ['quality', 'USD per 1,000 requests', 'saving', 'who answers'],
    steps.map(({ quality, costUsd, saving, shares }) => [
      formatPercent(quality),
      formatUsd(1_000 * costUsd),
      formatPercent(saving),
      shares.map(({ target, share }) => `${formatPercent(share)} ${target}`).join(', '),
    ]),
  );
}

/** The others are single targets, which have a mark of their own. */
const named: readonly string[] = ['oracle', 'static-mix', 'policy'];

function listMarks({ found, frontier }: ReportDecision): Mark[] {
  const { deployed, baseline, rivals, certificate } = found;
  const certified = certificate?.certified ?? deployed;
  return [
    ...frontier.singles.map(
      ({ name, costUsd, quality }): Mark => ({ name, kind: 'target', cost: costUsd, quality }),
    ),
    ...rivals
      .filter(({ kind }) => named.includes(kind))
      .map(
        ({ name, kind, costUsd, quality }): Mark => ({
          name: kind === 'oracle' ? 'oracle' : name,
          kind: kind === 'oracle' ? 'oracle' : 'policy',
          cost: costUsd,
          quality,
        }),
      ),
    {
      name: `today: ${baseline.name}`,
      kind: 'today',
      cost: baseline.costUsd,
      quality: baseline.quality,
    },
    ...(found.status === 'certified'
      ? [
          {
            name: 'proposed',
            kind: 'deployed',
            cost: certified.costUsd,
            quality: certified.quality,
          } as const,
        ]
      : []),
  ];
}

/** Which requests go where, and what each rule saves and risks. */
export function rulesSection({ decision }: ReportData): HtmlPart {
  if (!decision || decision.found.status === 'keep-current') return null;
  const { rules, findings } = decision.found;
  return section(
    'rules',
    'Which requests go where',
    table(
      'Rules, the first that matches decides',
      ['rule', 'goes to', 'then', 'requests', 'saves per 1,000', 'quality change in points (95 %)'],
      rules.map(({ name, use, fallback, share, savesUsd, change }) => [
        name,
        use,
        fallback.join(', '),
        formatPercent(share),
        formatUsd(1_000 * savesUsd),
        `${formatPoints(change.estimate)} (${formatPoints(change.low)} to ${formatPoints(change.high)})`,
      ]),
    ),
    lines(findings.map(({ text }) => text)),
  );
}
