import { Command } from 'commander';
import { version } from '../command/version.ts';
import { commands } from './commands.ts';
import type { Cli } from './terminal/cli.ts';
import { type CommandName, summaries } from './terminal/summaries.ts';

// One line a paragraph: the help is broken where the terminal ends.
const summary = `Replays your LLM traffic against candidate models and aggregators, measures latency, cost and quality, and writes the cheapest routing policy that is shown to hold.

  arb demo                         # all of it, without keys
  arb bench workload.jsonl
  arb recommend --out routes.yaml`;

const exitCodeHelp = `
Exit codes: 0 done, 1 the answer is no, 2 your input, 3 stopped early (resumable) or times
not to be trusted, 4 too few requests to decide, 5 the targets failed, 70 a bug in arb, 130 interrupted.`;

type Outside = Omit<Cli, 'program' | 'loadGrammar'>;

const isCommand = (name: string | undefined): name is CommandName =>
  name !== undefined && Object.hasOwn(commands, name);

/**
 * The grammar of the command line as far as `args` need it: the command that they name whole, the
 * others by name alone. Each command says its exit code through `finish`.
 */
export function buildProgram(args: readonly string[], outside: Outside): Promise<Command> {
  const named = args.filter((arg) => !arg.startsWith('-'));
  const wanted = named[0] === 'help' ? named[1] : named[0];
  return buildWith((name) => name === wanted, outside);
}

async function buildWith(
  isWhole: (name: CommandName) => boolean,
  outside: Outside,
): Promise<Command> {
  const { shell } = outside;
  const program = new Command('arb')
    .description(summary)
    .version(version)
    .helpOption('-h, --help', 'show this help')
    .showSuggestionAfterError()
    .showHelpAfterError('(run "arb --help" for the list of commands)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
    })
    .addHelpText('after', exitCodeHelp);
  const loadGrammar = () => buildWith(() => true, outside);
  for (const name of Object.keys(commands)) {
    if (!isCommand(name)) continue;
    if (isWhole(name)) (await commands[name]())({ ...outside, program, loadGrammar });
    else program.command(name).description(summaries[name]);
  }
  for (const command of program.commands) {
    command.showHelpAfterError(`(run "arb ${command.name()} --help" for its options)`);
  }
  return program;
}
