import { Argument } from 'commander';
import { importableNames } from '../../command/deploy/gateway-names.ts';
import { importPolicy } from '../../command/deploy/import.ts';
import { identifyPolicy } from '../../command/deploy/policy-id.ts';
import { writeOutput } from '../../command/output.ts';
import { shellWord } from '../../encode.ts';
import { exitCodes } from '../../errors.ts';
import type { GatewayName } from '../../index.ts';
import type { Cli } from '../terminal/cli.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  arb policy import litellm config.yaml --out today.yaml
  arb check today.yaml reports/2026-11-20-nightly`;

interface ImportFlags {
  readonly entry?: string;
  readonly out?: string;
  readonly json?: true;
}

export function addPolicy({ program, shell, finish }: Cli): void {
  const policy = program
    .command('policy')
    .description(summaries.policy)
    .addHelpText('after', example);
  addPolicyId(policy, { shell, finish });
  policy
    .command('import')
    .description('read it back, so that "keep current" is what really runs')
    .addArgument(new Argument('<gateway>', 'whose file').choices(importableNames))
    .argument('<file>', "the gateway's own config")
    .option('--entry <model>', 'the model name that callers ask for (default: the only one)')
    .option('--out <file>', 'write the policy here (default: stdout)')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action((from: GatewayName, file: string, { out, json, entry }: ImportFlags) => {
      const { policy, text, unread } = importPolicy({
        from,
        file,
        ...(entry !== undefined && { entry }),
      });
      if (json) sayJson(shell.stdout, { policy, unread });
      else if (out !== undefined) writeOutput(out, text);
      else shell.stdout.write(text);
      for (const sentence of unread) say(shell.stderr, `left out: ${sentence}`);
      say(shell.stderr, `next: arb check ${shellWord(out ?? 'today.yaml')} RUN`);
      finish(exitCodes.ok);
    });
}

const idExample = `
Example:
  arb policy id routes.yaml --write`;

function addPolicyId(
  policy: Cli['program'],
  { shell, finish }: Pick<Cli, 'shell' | 'finish'>,
): void {
  policy
    .command('id')
    .description('the id of a policy by what it decides')
    .argument('<routes>', 'the policy, routes.yaml')
    .option('--write', 'write it into the file')
    .option('--json', 'for machines')
    .addHelpText('after', idExample)
    .action((routes: string, { write, json }: { write?: true; json?: true }) => {
      const { id, claimed, text } = identifyPolicy(routes);
      if (write) writeOutput(routes, text);
      if (json) sayJson(shell.stdout, { id, claimed });
      else say(shell.stdout, id);
      if (claimed !== id) {
        say(
          shell.stderr,
          write ? `${routes}: named ${id}, was ${claimed}` : `the file says ${claimed}`,
        );
      }
      finish(exitCodes.ok);
    });
}
