import { readRequestText, routeRequests } from '../../command/deploy/route.ts';
import { exitCodes } from '../../errors.ts';
import type { RoutedRequest, RoutedRequests } from '../../index.ts';
import { formatTable } from '../../report/text/table.ts';
import { formatPercent } from '../../units.ts';
import type { Cli } from '../terminal/cli.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  arb route routes.yaml '{"task":"summarize","prompt":"Summarize: ..."}'
  arb route routes.yaml workload.jsonl
  cat body.json | arb route routes.yaml -`;

export function addRoute({ program, shell, finish }: Cli): void {
  program
    .command('route')
    .description(summaries.route)
    .argument('<routes>', 'the policy, routes.yaml')
    .argument('<requests>', 'workload lines, chat bodies or a log: JSON, a file, or - for stdin')
    .option('--json', 'as JSON: target, rule and features, of many as a list')
    .addHelpText('after', example)
    .action(async (routes: string, requests: string, options: { json?: true }) => {
      const found = routeRequests(routes, await readRequestText(requests, shell.stdin));
      const [only, ...more] = found.routed;
      if (options.json) {
        const rows = found.routed.map(({ id, target, why }) => ({ id, target, ...why }));
        sayJson(shell.stdout, more.length > 0 ? rows : rows[0]);
      } else if (only) {
        const lines = more.length > 0 ? describeMany(found) : describeOne(only, found);
        for (const line of lines) say(shell.stdout, line);
      }
      for (const notice of found.notices) say(shell.stderr, notice);
      finish(exitCodes.ok);
    });
}

function describeOne({ why, target }: RoutedRequest, { policy }: RoutedRequests): string[] {
  const { decision, features } = why;
  const seen = Object.entries(features).map(([key, value]) => `${key}=${value}`);
  const share = decision.primaries.length > 1 ? ' (by its share of the split)' : '';
  return [
    `target    ${target}${share}`,
    `rule      ${decision.rule} (${decision.index + 1} of ${policy.rules.length})`,
    ...(decision.fallback.length > 0 ? [`fallback  ${decision.fallback.join(', then ')}`] : []),
    `features  ${seen.join(' ')}`,
    ...why.rules.map((rule) => `${rule.matched ? '  yes' : '  no '}     ${rule.name}: ${rule.why}`),
  ];
}

const columns = [
  { title: 'rule', align: 'left' },
  { title: 'target', align: 'left' },
  { title: 'requests' },
  { title: 'share' },
  { title: 'e.g.', align: 'left' },
] as const;

/** In the order of the rules; a rule that no request meets is shown too. */
function describeMany({ policy, routed }: RoutedRequests): string[] {
  const rows = policy.rules.flatMap(({ name }) => {
    const here = routed.filter(({ why }) => why.decision.rule === name);
    const byTarget = [...Map.groupBy(here, ({ target }) => target)];
    if (byTarget.length === 0) return [[name, '', '0', formatPercent(0), '']];
    return byTarget.map(([target, some]) => [
      name,
      target,
      String(some.length),
      formatPercent(some.length / routed.length),
      some[0]?.id ?? '',
    ]);
  });
  return [...formatTable(columns, rows), `${routed.length} requests`];
}
