import { fishWord } from '../../encode.ts';
import type { CommandGrammar, OptionGrammar, ValueGrammar } from './grammar.ts';

/** The script for fish. */
export function toFish(grammar: readonly CommandGrammar[]): string {
  const subcommands = grammar.slice(1).map(({ path }) => fishWord(path));
  const takers = grammar.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) => (value ? names.map((name) => `${path} ${name}`) : [])),
  );
  return `# Completion of arb in fish. To try it: arb completion fish | source
# To keep it (again after each update): arb completion fish > ~/.config/fish/completions/arb.fish
function __arb_at --description 'Is this the command, and the next argument of this number'
    set -l at arb
    set -l takes no
    set -l count 0
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $takes = yes
            set takes no
            continue
        end
        switch "$at $word"
            case ${subcommands.join(' ')}
                set at "$at $word"
                set count 0
            case ${takers.map(fishWord).join(' ')}
                set takes yes
            case '*'
                string match -q -- '-*' $word; or set count (math $count + 1)
        end
    end
    test "$at" = $argv[1]; and string match -q -- $argv[2] $count
end
complete -c arb -e
complete -c arb -f
${grammar.flatMap(toLines).join('\n')}
`;
}

function toLines({ path, commands, options, args }: CommandGrammar): readonly string[] {
  const where = (argument: number | '*') =>
    `complete -c arb -n ${fishWord(`__arb_at ${fishWord(path)} ${fishWord(`${argument}`)}`)}`;
  return [
    ...commands.map(
      ({ name, summary }) => `${where(0)} -a ${fishWord(name)} -d ${fishWord(summary)}`,
    ),
    ...options.map((option) => `${where('*')} ${toOption(option)}`),
    ...args.map((arg, at) => `${where(arg.variadic ? '*' : at)} ${toValue(arg)}`),
  ];
}

function toOption({ names, summary, value }: OptionGrammar): string {
  const flags = names.map((name) =>
    name.startsWith('--') ? `-l ${fishWord(name.slice(2))}` : `-s ${fishWord(name.slice(1))}`,
  );
  const takes = value === undefined ? [] : ['-r', toValue(value)];
  return [...flags, ...takes, '-d', fishWord(summary)].join(' ');
}

function toValue({ values }: ValueGrammar): string {
  if (values === 'files') return '-F';
  return values === 'any' ? '-f' : `-f -a ${fishWord(values.join(' '))}`;
}
