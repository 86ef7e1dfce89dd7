import { shellWord, zshSpecText } from '../../encode.ts';
import type { CommandGrammar, OptionGrammar, ValueGrammar } from './grammar.ts';

/** The script for zsh: a function for each command, named by its path. */
export function toZsh(grammar: readonly CommandGrammar[]): string {
  return `#compdef arb
# Completion of arb in zsh. To try it: source <(arb completion zsh)
# To keep it: arb completion zsh > ~/.arb-completion.zsh (again after each update), and in ~/.zshrc,
# behind compinit where that is called:
#   source ~/.arb-completion.zsh
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
${grammar.map(toFunction).join('\n')}
if [[ $funcstack[1] == _arb ]]; then _arb "$@"; else compdef _arb arb; fi
`;
}

const functionName = (path: string) => `_${path.replaceAll(' ', '_')}`;

const words = (texts: readonly string[]) =>
  texts.map((text) => `\\\n    ${shellWord(text)}`).join(' ');

function toFunction({ path, commands, options, args }: CommandGrammar): string {
  const specs = [
    ...options.flatMap(toSpecs),
    ...args.map((arg, at) => `${arg.variadic ? '*' : at + 1}${toAction(arg)}`),
  ];
  if (commands.length === 0) return `${functionName(path)}() {\n  _arguments ${words(specs)}\n}`;
  const named = commands.map(({ name, summary }) => `${name}:${zshSpecText(summary)}`);
  const calls = commands.map(
    ({ name }) => `      ${shellWord(name)}) ${functionName(`${path} ${name}`)} ;;`,
  );
  return `${functionName(path)}() {
  local curcontext=$curcontext context state state_desc line
  local -A opt_args
  local -a names=(${words(named)}
  )
  _arguments -C ${words([...specs, '1:command:->name', '*:: :->rest'])}
  case $state in
    name) _describe command names ;;
    rest) case $words[1] in
${calls.join('\n')}
    esac ;;
  esac
}`;
}

/** An option may be given again, as none is told here to be single. */
function toSpecs({ names, summary, value }: OptionGrammar): readonly string[] {
  return names.map((name) => {
    const joined = name.startsWith('--') ? '=' : '+';
    const takes = value === undefined ? '' : joined;
    return `*${name}${takes}[${zshSpecText(summary)}]${value ? toAction(value) : ''}`;
  });
}

function toAction({ name, values }: ValueGrammar): string {
  const label = `:${zshSpecText(name)}:`;
  if (values === 'files') return `${label}_files`;
  return values === 'any' ? `${label} ` : `${label}(${values.map(zshSpecText).join(' ')})`;
}
