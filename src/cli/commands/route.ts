import {
  type Explanation,
  exitCodes,
  explain,
  type Features,
  type Policy,
  parseLine,
  parsePolicy,
  pickArm,
  readFeatures,
  readInput,
  UsageError,
} from '../../index.ts';
import type { Cli } from '../cli.ts';
import { say, sayJson } from '../shell.ts';

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
      const policy = parsePolicy(readInput(routes), routes);
      const { id, features } = requestFeatures(request);
      const why = explain(policy, features);
      const target = pickArm(why.decision, policy.id, id);
      if (options.json) sayJson(shell.stdout, { target, ...why });
      else for (const line of describe(policy, why, target)) say(shell.stdout, line);
      finish(exitCodes.ok);
    });
}

function requestFeatures(given: string): { id: string; features: Features } {
  const inline = given.trimStart().startsWith('{');
  const where = inline ? 'REQUEST' : given;
  const text = inline ? given : readInput(given);
  const parsed = parseLine(text.trim(), 1);
  if (parsed.state === 'request') {
    const { request } = parsed;
    return { id: request.session ?? request.id, features: readFeatures(request) };
  }
  const what = parsed.state === 'invalid' ? parsed.what : 'this is the header of a file';
  throw new UsageError(`${where}: ${what}. Give one workload line, e.g. '{"prompt":"Hi"}'.`);
}

function describe(policy: Policy, why: Explanation, target: string): string[] {
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
