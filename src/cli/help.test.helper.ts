import { commands } from './commands.ts';
import { arb } from './harness.test.helper.ts';

/** The help of each command, those below it included, by its name. */
export async function readHelp(): Promise<ReadonlyMap<string, string>> {
  const help = new Map<string, string>();
  for (const name of Object.keys(commands)) {
    const below = { policy: ['id', 'import'], prices: ['diff'] }[name] ?? [];
    const asked = [[name], ...below.map((each) => [name, each])];
    const texts = await Promise.all(asked.map((words) => arb([...words, '--help'])));
    help.set(name, texts.map(({ stdout }) => stdout).join('\n'));
  }
  return help;
}

/** What in the commands of a line of code is no command or no option of it, in words. */
export function findUnknown(code: string, help: ReadonlyMap<string, string>): string[] {
  const calls = code.matchAll(/(?:^|[\s($])arb ([a-z][a-z-]*)([^|;&#]*)/g);
  return [...calls].flatMap(([, verb = '', rest = '']) => {
    const text = help.get(verb);
    if (text === undefined) return [`${code}: no command ${verb}`];
    const flags = [...rest.matchAll(/(?<=\s)--?[a-z][a-z-]*/g)].map(([flag]) => flag);
    return flags
      .filter((flag) => !new RegExp(`(?<=[\\s,])${flag}(?![\\w-])`).test(text))
      .map((flag) => `${code}: no option ${flag}`);
  });
}
