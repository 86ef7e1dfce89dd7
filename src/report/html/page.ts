import type { ReactElement } from 'react';
import { describeVerdict } from '../text/verdict.ts';
import { type HtmlPart, h, lines, raw } from './kit/element.ts';
import type { ReportData } from './kit/report-data.ts';
import { certificateSection, selfSection } from './section/certificate.ts';
import { decisionSection, rulesSection } from './section/decision.ts';
import { latencySection } from './section/latency.ts';
import { failuresSection, pricesSection, routesSection } from './section/money.ts';
import { judgesSection, tasksSection } from './section/quality.ts';
import { requestsSection } from './section/requests.ts';

interface Inline {
  /** Content-Security-Policy. */
  readonly policy: string;
  readonly style: string;
  readonly script: string;
}

/** The whole page: the answer first, then what it stands on. */
export function page(data: ReportData, { policy, style, script }: Inline): ReactElement {
  const title = `arb report: ${data.dir}`;
  const sections = [
    decisionSection(data),
    rulesSection(data),
    latencySection(data),
    routesSection(data),
    tasksSection(data),
    failuresSection(data),
    judgesSection(data),
    pricesSection(data),
    certificateSection(data),
    selfSection(data),
    requestsSection(data),
  ];
  return h(
    'html',
    { lang: 'en' },
    h(
      'head',
      {},
      h('meta', { charSet: 'utf-8' }),
      h('meta', { httpEquiv: 'Content-Security-Policy', content: policy }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'referrer', content: 'no-referrer' }),
      h('title', {}, title),
      raw('style', style),
    ),
    h(
      'body',
      {},
      h('header', {}, ...headerParts(data, sections)),
      h('main', {}, ...sections.map((part, key) => (part ? h('div', { key }, part) : null))),
      h(
        'footer',
        {},
        h('p', { className: 'soft' }, `Made by arb ${data.manifest.arb} at ${data.made_at}.`),
      ),
      raw('script', script),
    ),
  );
}

function headerParts(data: ReportData, sections: readonly HtmlPart[]): HtmlPart[] {
  const { decision, undecided, checked, manifest, summary } = data;
  const [verdict = undecided ?? 'Nothing was decided on this run.', ...notes] = decision
    ? describeVerdict(decision)
    : [];
  const faults = manifest.invalid.map((fault) => `Not valid: ${fault}`);
  return [
    h('h1', { key: 'title' }, `arb report: ${data.dir}`),
    h('p', { key: 'verdict', className: 'answer' }, verdict),
    lines([
      ...faults,
      ...(checked
        ? [
            `${checked.file}: ${checked.report.verdict}: ${checked.report.claim}: ${checked.report.why}`,
          ]
        : []),
      ...notes,
    ]),
    facts(data),
    h(
      'p',
      { key: 'when', className: 'soft' },
      `${manifest.workload.requests} requests of ${manifest.workload.file}, ${summary.targets.length} targets, measured ${manifest.started_at.slice(0, 16).replace('T', ' ')} UTC, vantage: ${manifest.vantage.name}.`,
    ),
    h('nav', { key: 'nav', 'aria-label': 'Sections' }, h('ul', {}, ...links(sections))),
  ];
}

function links(sections: readonly HtmlPart[]): ReactElement[] {
  return sections.flatMap((part) => {
    const { id, children } = (part?.props ?? {}) as {
      readonly id?: string;
      readonly children?: readonly ReactElement<{ readonly children: string }>[];
    };
    const title = children?.[0]?.props.children;
    return id && title ? [h('li', { key: id }, h('a', { href: `#${id}` }, title))] : [];
  });
}

/** The four figures that a reader looks for first. */
function facts({ decision, summary }: ReportData): HtmlPart {
  const { total } = summary;
  const items = [
    ...(decision ? decisionFacts(decision) : []),
    [`${total.requests}`, 'requests over all targets'],
    [`$${total.cost.total_usd.toFixed(2)}`, 'spent on measuring'],
  ];
  return h(
    'ul',
    { key: 'facts', className: 'facts' },
    ...items.map(([value, what], key) => h('li', { key }, h('b', {}, value), what)),
  );
}

function decisionFacts({ found, volume }: NonNullable<ReportData['decision']>): string[][] {
  const saving = found.certificate?.saving;
  const share = saving?.estimate ?? found.deployed.saving;
  const amount = found.baseline.costUsd * share * volume.requests;
  const per = volume.per === 'month' ? 'a month' : 'per 1,000 requests';
  const change = found.deployed.quality - found.baseline.quality;
  return [
    [`${(100 * share).toFixed(1)} %`, `saving against ${found.baseline.name}`],
    [`$${amount.toFixed(2)}`, `saved ${per}`],
    [
      `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)} points`,
      'quality against it, on all rows',
    ],
  ];
}
