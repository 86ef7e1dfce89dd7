import { Option } from 'commander';
import {
  type Check,
  type CheckRow,
  type Deployed,
  exitCodes,
  exporters,
  featuresOf,
  type GatewayName,
  parsePolicy,
  readWorkload,
  refuseInvalid,
  type Send,
  surveyWorkload,
  UsageError,
  verify,
} from '../../index.ts';
import { type Cli, wholeNumber } from '../cli.ts';
import { readInput } from '../input.ts';
import { type Shell, say, sayJson } from '../shell.ts';

const example = `
Example:
  arb verify routes.yaml --gateway http://127.0.0.1:8787/v1 --kind portkey --workload workload.jsonl`;

interface VerifyFlags {
  readonly gateway: string;
  readonly kind: GatewayName;
  readonly workload: string;
  readonly requests: number;
  readonly keyEnv?: string;
  readonly entry: string;
  readonly json?: true;
}

export function addVerify({ program, shell, finish }: Cli): void {
  program
    .command('verify')
    .description('replay through the live gateway and check where each request landed')
    .argument('<routes>', 'the policy that was exported to it')
    .requiredOption('--gateway <url>', 'its OpenAI-compatible base URL')
    .addOption(
      new Option('--kind <gateway>', 'what it is')
        .choices(Object.keys(exporters))
        .makeOptionMandatory(),
    )
    .requiredOption('--workload <file>', 'the requests to send; they cost what they cost there')
    .option('--requests <n>', 'the first so many', wholeNumber(1), 100)
    .option('--key-env <name>', "the variable with the gateway's own key")
    .option('--entry <model>', 'the model name that callers ask for', 'arb')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (routes: string, flags: VerifyFlags) => {
      const rows = await verifyLive(routes, flags, shell);
      const wrong = rows.filter(({ state }) => state !== 'as-decided');
      if (flags.json) sayJson(shell.stdout, rows);
      else {
        for (const row of wrong) say(shell.stdout, describe(row));
        const right = rows.length - wrong.length;
        say(shell.stdout, `${right} of ${rows.length} requests landed where the policy says`);
      }
      finish(wrong.length === 0 ? exitCodes.ok : exitCodes.no);
    });
}

async function verifyLive(routes: string, flags: VerifyFlags, shell: Shell): Promise<CheckRow[]> {
  const policy = parsePolicy(readInput(routes), routes);
  const { kind, entry } = flags;
  const { files } = exporters[kind].export(policy, { entry, allowLoss: true });
  const keys = (text: string) =>
    text.replaceAll(
      /\$([A-Z][A-Z0-9_]*)/g,
      (name, variable: string) => shell.env[variable] ?? name,
    );
  const deployed: Deployed = { gateway: kind, policy, files, entry, keys };
  const checks = await checksOf(flags);
  return Array.fromAsync(verify(deployed, checks, senderTo(flags, shell)));
}

async function checksOf({ workload, requests }: VerifyFlags): Promise<Check[]> {
  refuseInvalid(await surveyWorkload(workload));
  const checks: Check[] = [];
  for await (const request of readWorkload(workload)) {
    if (checks.length >= requests) break;
    const { id, session, body } = request;
    const features = featuresOf(request);
    checks.push({ id, features, body, ...(session !== undefined && { session }) });
  }
  return checks;
}

/** A gateway that is slower than this is down. */
const TIMEOUT_MS = 120_000;

/** Sends one request after the other. @throws UsageError where nobody answers at the address. */
function senderTo({ gateway, keyEnv }: VerifyFlags, shell: Shell): Send {
  const key = keyEnv === undefined ? undefined : shell.env[keyEnv];
  if (keyEnv !== undefined && !key) {
    throw new UsageError(`verify: the variable ${keyEnv} is not set. Export it.`);
  }
  const url = `${gateway.replace(/\/$/, '')}/chat/completions`;
  return async ({ headers, body }) => {
    const sentAt = performance.now();
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key && { authorization: `Bearer ${key}` }),
        ...headers,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error) => {
      throw new UsageError(`${url}: nobody answers (${error.message}). Is the gateway running?`);
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: jsonOf(text),
      latency_ms: performance.now() - sentAt,
    };
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe({ id, decided, landed, state }: CheckRow): string {
  const where = landed.target ?? landed.rule ?? 'a place the gateway does not name';
  return `${id}: ${state}: rule ${decided.rule} says ${decided.targets.join(' or ')}, it went to ${where}`;
}
