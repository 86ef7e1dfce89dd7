import type { Recommendation } from '../../index.ts';
import { dollars, formatTable, percent } from '../table.ts';

const columns = [
  { title: 'what', align: 'left' as const },
  { title: 'quality' },
  { title: '$/request' },
  { title: 'saving' },
];

const kinds = {
  'keep-current': 'keep current',
  'best-single': 'best single target',
  'cheapest-single': 'cheapest single target',
  'static-mix': 'same money, by a coin',
  oracle: 'oracle, no router can beat it',
  policy: 'policy',
} as const;

/** The case for a recommendation, as lines for people. */
export function describeCase(found: Recommendation, requests: number): string[] {
  const { inSample, bound } = found;
  const gap = found.optimal ? 'optimal, gap 0' : `gap ${percent(bound.gap)}`;
  const rows = [
    [
      `optimum of the class ${found.class} (${gap})`,
      percent(inSample.quality),
      dollars(inSample.costUsd),
      percent(inSample.saving),
    ],
    ...found.rivals.map((rival) => [
      `${kinds[rival.kind]}: ${rival.name}`,
      percent(rival.quality),
      dollars(rival.costUsd),
      percent(rival.saving),
    ]),
  ];
  return [
    `${requests} requests; floor ${found.floor.text}: quality at least ${percent(found.floor.quality)}; savings against ${found.baseline.name}`,
    ...formatTable(columns, rows),
    ...found.findings.map((finding) => `note: ${finding.text}`),
    `status: ${found.status}`,
  ];
}
