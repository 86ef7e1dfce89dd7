import { exitCodes, policyNotices, type RoutedRequest, routeRequest } from '../../index.ts';
import type { Cli } from '../terminal/cli.ts';
import { say, sayJson } from '../terminal/shell.ts';

const example = `
Example:
  arb route routes.yaml '{"task":"summarize","prompt":"Summarize: ..."}'
  arb route routes.yaml request.json`;

export function addRoute({ program, shell, finish }: Cli): void {
  program
    .command('route')
    .description('which rule a request meets, and why')
    .argument('<routes>', 'the policy, routes.yaml')
    .argument('<request>', 'a workload line as JSON, or a file that holds one')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action((routes: string, request: string, options: { json?: true }) => {
      const routed = routeRequest(routes, request);
      if (options.json) sayJson(shell.stdout, { target: routed.target, ...routed.why });
      else for (const line of describeRoute(routed)) say(shell.stdout, line);
      for (const notice of policyNotices(routed.policy)) say(shell.stderr, notice);
      finish(exitCodes.ok);
    });
}

function describeRoute({ policy, why, target }: RoutedRequest): string[] {
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
