import type { Argument, Command, Option } from 'commander';
import type {
  CommandGrammar,
  OptionGrammar,
  ValueGrammar,
} from '../../command/completion/grammar.ts';

/** What stands for a path in the options' own text. */
const paths = ['answers', 'config', 'dir', 'file', 'list', 'routes', 'run'];

/** A command and all below it, in the order of the help. */
export function readGrammar(command: Command, above = ''): readonly CommandGrammar[] {
  const help = command.createHelp();
  const commands = [...help.visibleCommands(command)];
  const path = `${above}${command.name()}`;
  const grammar = {
    path,
    commands: commands.map((one) => ({ name: one.name(), summary: one.description() })),
    options: help.visibleOptions(command).map(toOption),
    args: command.registeredArguments.map(toArgument),
  };
  return [grammar, ...commands.flatMap((one) => readBelow(command, one, path))];
}

/** Commander's own `help` takes the name of a command beside it. */
function readBelow(parent: Command, child: Command, path: string): readonly CommandGrammar[] {
  const read = readGrammar(child, `${path} `);
  if (parent.commands.includes(child)) return read;
  const values = parent.commands.map((one) => one.name());
  return read.map((one) => ({ ...one, args: [{ name: 'command', values, variadic: false }] }));
}

function toOption(option: Option): OptionGrammar {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  if (!(option.required || option.optional)) return { names, summary: option.description };
  const name = /<(.+)>/.exec(option.flags)?.[1] ?? '';
  const values = option.argChoices ?? (paths.includes(name) ? 'files' : 'any');
  return { names, summary: option.description, value: { name, values, variadic: false } };
}

/** An argument without choices is a path in every command. */
function toArgument(argument: Argument): ValueGrammar {
  const values = argument.argChoices ?? 'files';
  return { name: argument.name(), values, variadic: argument.variadic };
}
