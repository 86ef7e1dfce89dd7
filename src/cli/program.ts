import { Command } from 'commander';
import type { ExitCode } from '../index.ts';
import { version } from '../index.ts';
import { addCheck } from './decide/check.ts';
import { addRecommend } from './decide/recommend.ts';
import { addExport } from './deploy/export.ts';
import { addPolicy } from './deploy/policy.ts';
import { addRoute } from './deploy/route.ts';
import { addVerify } from './deploy/verify.ts';
import { addBench } from './measure/bench/bench.ts';
import { addImport } from './measure/import.ts';
import { addInit } from './measure/init.ts';
import { addInspect } from './measure/inspect.ts';
import { addJudge } from './measure/judge/judge.ts';
import { addLabel } from './measure/judge/label.ts';
import { addPrices } from './measure/prices.ts';
import { addSim } from './measure/sim.ts';
import type { Cli } from './terminal/cli.ts';

import type { Shell } from './terminal/shell.ts';

const summary = `Replays your LLM traffic against candidate models and aggregators, measures latency, cost and
quality, and writes the cheapest routing policy that is shown to hold.

  arb bench workload.jsonl
  arb recommend > routes.yaml`;

const exitCodeHelp = `
Exit codes: 0 done, 1 the answer is no, 2 your input, 3 stopped early (resumable),
4 too few requests to decide, 5 the targets failed, 70 a bug in arb, 130 interrupted.`;

/** The whole grammar of the command line; each command says its exit code through `finish`. */
export function buildProgram(shell: Shell, finish: (code: ExitCode) => void): Command {
  const program = new Command('arb')
    .description(summary)
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('(arb --help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
    })
    .addHelpText('after', exitCodeHelp);
  const cli: Cli = { program, shell, finish };
  addInit(cli);
  addImport(cli);
  addInspect(cli);
  addBench(cli);
  addJudge(cli);
  addLabel(cli);
  addRecommend(cli);
  addCheck(cli);
  addRoute(cli);
  addExport(cli);
  addPolicy(cli);
  addVerify(cli);
  addPrices(cli);
  addSim(cli);
  return program;
}
