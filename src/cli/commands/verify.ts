import { Option } from 'commander';
import {
  type Deployed,
  exitCodes,
  type GatewayName,
  gateways,
  parsePolicy,
  readInput,
  type SwitchedFailure,
  UsageError,
  verify,
} from '../../index.ts';
import { type Cli, list, positive, wholeNumber } from '../cli.ts';
import { type Shell, say, sayJson } from '../shell.ts';
import { checksOf } from '../verify/checks.ts';
import { type Found, landAndDrill } from '../verify/drill.ts';
import { senderTo } from '../verify/send.ts';
import { describeFound } from '../verify/show.ts';

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
  readonly entry: string;
  readonly drill?: readonly string[];
  readonly failure?: SwitchedFailure;
  readonly sloMs?: number;
  readonly json?: true;
}

export function addVerify({ program, shell, finish }: Cli): void {
  program
    .command('verify')
    .description('replay through the live gateway: where each request lands, who takes over')
    .argument('<routes>', 'the policy that was exported to it')
    .requiredOption('--gateway <url>', 'its OpenAI-compatible base URL')
    .addOption(
      new Option('--kind <gateway>', 'what it is')
        .choices(Object.keys(gateways))
        .makeOptionMandatory(),
    )
    .requiredOption('--workload <file>', 'the requests to send; they cost what they cost there')
    .option('--requests <n>', 'the first so many', wholeNumber(1), 100)
    .option('--key-env <name>', "the variable with the gateway's own key")
    .option('--entry <model>', 'the model name that callers ask for', 'arb')
    .option('--drill <urls>', 'then make its providers fail: the addresses of arb sim', list)
    .addOption(
      new Option(
        '--failure <kind>',
        'how they fail; else the first the policy moves on at',
      ).choices([...(['server-error', 'rate-limited', 'timeout'] satisfies SwitchedFailure[])]),
    )
    .option('--slo-ms <ms>', 'the longest a request of the drill may take', positive)
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (routes: string, flags: VerifyFlags) => {
      const stop = new AbortController();
      const unlisten = shell.onInterrupt(() => stop.abort());
      try {
        const found = await findOut(routes, flags, { shell, stopped: stop.signal });
        if (flags.json) sayJson(shell.stdout, found);
        else {
          const columns = shell.stdout.columns ?? 100;
          for (const line of describeFound(found, columns)) say(shell.stdout, line);
        }
        finish(isAsItShould(found) ? exitCodes.ok : exitCodes.no);
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

interface Surroundings {
  readonly shell: Shell;
  readonly stopped: AbortSignal;
}

async function findOut(
  routes: string,
  flags: VerifyFlags,
  { shell, stopped }: Surroundings,
): Promise<Found> {
  const { kind, entry, keyEnv, drill, failure, sloMs } = flags;
  if (drill === undefined && (failure !== undefined || sloMs !== undefined)) {
    throw new UsageError('verify: --failure and --slo-ms belong to --drill. Give --drill URL too.');
  }
  const policy = parsePolicy(readInput(routes), routes);
  const gateway = gateways[kind];
  const { files } = gateway.export(policy, { entry, allowLoss: true });
  const keys = (text: string) =>
    text.replaceAll(
      /\$([A-Z][A-Z0-9_]*)/g,
      (name, variable: string) => shell.env[variable] ?? name,
    );
  const deployed: Deployed = { gateway, policy, files, entry, keys };
  const live = { url: flags.gateway, stopped, ...(keyEnv !== undefined && { keyEnv }) };
  const send = senderTo(live, shell.env);
  const checks = await checksOf(flags.workload, flags.requests, policy);
  if (drill === undefined) {
    return { landing: await Array.fromAsync(verify(deployed, checks.landing, send)) };
  }
  return landAndDrill(
    { deployed, checks, send },
    {
      simulators: drill,
      ...(failure !== undefined && { failure }),
      ...(sloMs !== undefined && { sloMs }),
    },
  );
}

function isAsItShould({ landing, drill }: Found): boolean {
  return (
    landing.every(({ state }) => state === 'as-decided') &&
    (drill?.steps.every(({ verdict }) => verdict === 'in-order') ?? true)
  );
}
