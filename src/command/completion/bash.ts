import { shellWord } from '../../encode.ts';
import type { CommandGrammar } from './grammar.ts';

/**
 * The script for bash, 3.2 (that of macOS) or newer. Paths are left to readline, which quotes what a file
 * name holds; words are compared and never expanded.
 */
export function toBash(grammar: readonly CommandGrammar[]): string {
  const subcommands = grammar.slice(1).map(({ path }) => shellWord(path));
  const takers = grammar.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) => (value ? names.map((name) => `${path} ${name}`) : [])),
  );
  return `# Completion of arb in bash. To try it: source <(arb completion bash)
# To keep it: arb completion bash > ~/.arb-completion.bash (again after each update), and in ~/.bashrc:
#   source ~/.arb-completion.bash
_arb() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at=arb takes='' count=0 i word key words=()
  COMPREPLY=()
  compopt +o default 2>/dev/null
  [[ $cur != = ]] || cur=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == = ]]; then continue; fi
    if [[ $takes ]]; then takes=''; continue; fi
    case "$at $word" in
      ${subcommands.join(' | ')}) at+=" $word" count=0 ;;
      ${takers.map(shellWord).join(' | ')}) takes=$word ;;
      *) [[ $word == -* ]] || count=$((count + 1)) ;;
    esac
  done
  key="$at $count"
  [[ $cur != -* ]] || key="$at -"
  [[ ! $takes ]] || key="$at $takes"
  case $key in
${grammar.flatMap(toBranches).join('\n')}
  esac
  for word in "\${words[@]}"; do
    [[ $word != "$cur"* ]] || COMPREPLY+=("$word")
  done
}
complete -o default -F _arb arb
`;
}

/** What may stand where, by the command and the option or the number of the argument. */
function toBranches({ path, commands, options, args }: CommandGrammar): readonly string[] {
  const branch = (key: string, values: 'files' | readonly string[]) =>
    values === 'files'
      ? `    ${key}) compopt -o default 2>/dev/null ;;`
      : `    ${key}) words=(${values.map(shellWord).join(' ')}) ;;`;
  const names = commands.map(({ name }) => name);
  return [
    branch(
      shellWord(`${path} -`),
      options.flatMap((option) => option.names),
    ),
    ...(names.length > 0 ? [branch(shellWord(`${path} 0`), names)] : []),
    ...options.flatMap(({ names, value }) =>
      value === undefined || value.values === 'any'
        ? []
        : [branch(names.map((name) => shellWord(`${path} ${name}`)).join(' | '), value.values)],
    ),
    ...args.flatMap(({ values, variadic }, at) =>
      values === 'any'
        ? []
        : [
            branch(
              variadic ? `${shellWord(`${path} `)}[0-9]*` : shellWord(`${path} ${at}`),
              values,
            ),
          ],
    ),
  ];
}
