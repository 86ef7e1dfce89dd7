import { Option } from 'commander';
import { gatewayNames } from '../../command/deploy/gateway-names.ts';
import { verifyPolicy } from '../../command/deploy/verify.ts';
import { shellWord } from '../../encode.ts';
import { exitCodes, UsageError } from '../../errors.ts';
import type { GatewayName, SwitchedFailure, VerifyResult } from '../../index.ts';
import { describeVerification } from '../../report/text/verification.ts';
import type { Cli } from '../terminal/cli.ts';
import { appendValue, parseList, positive, wholeNumber } from '../terminal/option-parsers.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
With --drill the gateway's providers are a simulated market (arb sim). After the landing, each target
of a rule is made to fail, one after the other in the order of its chain, and the next must answer:
in time (--slo-ms) and in the region that the rule requires. In the end all answer again, also after
Ctrl-C. A target is found by the path of its base_url, its name or its model. The simulator says who
answered, so let nothing else use it meanwhile.

Example:
  arb verify routes.yaml --gateway http://127.0.0.1:8787/v1 --kind portkey --workload workload.jsonl
  arb verify routes.yaml --gateway http://127.0.0.1:8787/v1 --kind portkey --workload workload.jsonl \\
    --drill http://127.0.0.1:4141 --slo-ms 2000`;

interface VerifyFlags {
  readonly gateway: string;
  readonly kind: GatewayName;
  readonly workload: string;
  readonly requests: number;
  readonly keyEnv?: string;
  readonly allowKey?: readonly string[];
  readonly entry: string;
  readonly drill?: readonly string[];
  readonly failure?: SwitchedFailure;
  readonly sloMs?: number;
  readonly json?: true;
}

export function addVerify({ program, shell, finish }: Cli): void {
  program
    .command('verify')
    .description(summaries.verify)
    .argument('<routes>', 'the policy that was exported to it')
    .requiredOption(
      '--gateway <url>',
      'its OpenAI-compatible base URL, e.g. http://127.0.0.1:8787/v1',
    )
    .addOption(
      new Option('--kind <gateway>', 'what it is').choices(gatewayNames).makeOptionMandatory(),
    )
    .requiredOption(
      '--workload <file>',
      'the requests to send, which cost what they cost there, e.g. workload.jsonl',
    )
    .option('--requests <n>', 'the first so many', wholeNumber(1), 100)
    .option('--skip-invalid', 'leave bad lines of the workload out')
    .option('--key-env <name>', "the variable with the gateway's own key (default: none)")
    .option(
      '--allow-key <name=host>',
      "a provider's key may be sent to this host besides those of its provider, again for more (default: none)",
      appendValue,
    )
    .option('--entry <model>', 'the model name that callers ask for', 'arb')
    .option(
      '--drill <urls>',
      'then make its providers fail: the addresses of arb sim (default: no drill)',
      parseList,
    )
    .addOption(
      new Option(
        '--failure <kind>',
        'how they fail; else the first the policy moves on at',
      ).choices([...(['server-error', 'rate-limited', 'timeout'] satisfies SwitchedFailure[])]),
    )
    .option(
      '--slo-ms <ms>',
      'the longest that a request of the drill may take, in ms (default: no limit)',
      positive,
    )
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (routes: string, flags: VerifyFlags) => {
      const stop = new AbortController();
      const unlisten = shell.onInterrupt(() => stop.abort());
      try {
        const { json, ...request } = flags;
        const found = await verifyPolicy({
          ...request,
          routes,
          env: shell.env,
          stdin: shell.stdin,
          signal: stop.signal,
        });
        const { passed, notices, ...rest } = found;
        for (const notice of notices) say(shell.stderr, notice);
        if (json) sayJson(shell.stdout, rest);
        else {
          const columns = shell.stdout.columns ?? 100;
          for (const line of describeVerification(found, columns)) say(shell.stdout, line);
        }
        if (!json) {
          for (const line of describeNext(found, { ...flags, routes })) say(shell.stderr, line);
        }
        finish(passed ? exitCodes.ok : exitCodes.no);
      } catch (error) {
        // What could not be taken back at the simulator is said, whoever stopped it.
        if (!stop.signal.aborted || error instanceof UsageError) throw error;
        const cleared = flags.drill ? ' Nothing is left failing at the simulator.' : '';
        say(shell.stderr, `arb: verify: interrupted.${cleared}`);
        finish(exitCodes.interrupted);
      } finally {
        unlisten();
      }
    });
}

/** Where every request fails alike, the address or the kind is wrong, not the policy. */
function describeNext(
  { passed, landing, drill }: VerifyResult,
  { routes, gateway, kind, workload }: VerifyFlags & { readonly routes: string },
): string[] {
  const again = `next: arb verify ${shellWord(routes)} --kind ${kind} --workload ${shellWord(workload)} --gateway ${gateway}`;
  if (passed) {
    const further =
      '--drill also fails its providers one by one, where arb sim stands behind the gateway';
    return [...(drill ? [] : [further]), `next: arb nightly LOG --routes ${shellWord(routes)}`];
  }
  const status = landing.every((row) => row.state === 'failed' && row.status === 404);
  if (status && !/\/v1\/?$/.test(gateway)) return [`${again.replace(/\/$/, '')}/v1`];
  const refused = landing.every((row) => row.state === 'failed' && row.status === 400);
  if (refused) return [`next: Is the gateway a ${kind}? arb verify --help lists the kinds.`];
  return [
    'export it once more, load that into the gateway, and verify again',
    `next: arb export ${shellWord(routes)} --to ${kind} --out gateway/`,
  ];
}
