import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { arb, folderWith } from '../harness.test.helper.ts';

const readScript = async (shell: string) => (await arb(['completion', shell])).stdout;
const bash = await readScript('bash');

/** What bash would offer for the last of these words. */
function complete(lines: readonly (readonly string[])[]): readonly string[][] {
  const ask = `${bash}
while IFS= read -r line; do
  IFS=$'\\t' read -ra COMP_WORDS <<< "$line."
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  COMP_WORDS[COMP_CWORD]=\${COMP_WORDS[COMP_CWORD]%.}
  _arb
  echo "\${COMPREPLY[*]}"
done`;
  const input = lines.map((words) => `${words.join('\t')}\n`).join('');
  const said = execFileSync('bash', ['-c', ask], { input, encoding: 'utf8' });
  return said
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').filter((word) => word !== ''));
}

it.each([
  ['a command by its first letters', 'arb re', ['recommend', 'report']],
  ['an option of the command', 'arb recommend --fl', ['--floor', '--floor-by']],
  ['an option behind one that takes no value', 'arb bench --no-answers --cal', ['--calibrate']],
  ['the choices of an option', 'arb export x --to por', ['portkey']],
  ['the choices behind an equals sign', 'arb export x --to = por', ['portkey']],
  ['all choices where nothing is typed', 'arb recommend --floor-by ', ['all', 'kind', 'task']],
  ['a command of a command', 'arb policy i', ['id', 'import']],
  ['the choices of an argument', 'arb policy import lite', ['litellm']],
  ['no choices for the argument after that', 'arb policy import litellm lite', []],
  ['no command as the value of an option', 'arb bench --out re', []],
  ['a command that help is asked about', 'arb help comple', ['completion']],
  ['nothing for what only looks like a pattern', 'arb *', []],
])('bash completes %s', (_, line, offered) => {
  expect(complete([line.split(' ')])).toEqual([offered]);
});

const typist = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])
os.write(terminal, sys.stdin.buffer.read())
try:
    while os.read(terminal, 65536): pass
except OSError: pass
os.waitpid(pid, 0)
`;

it('the Tab key on a terminal completes any file name as it is, and runs nothing of it', () => {
  const outside = folderWith({ 'arb.bash': bash });
  const folder = folderWith({ 'a b': '', '$(touch x)': '', '`touch y`': '', "it's;z": '' });
  const typed = ['a', '\\$', '\\`', 'it', '--out=a', '--to=por'].map((text) => `arb ${text}\t\n`);
  const define = `source ${outside}/arb.bash; arb() { printf '%s\\n' "$@" >> ${outside}/words; }\n`;
  const lines = typed.map((line) => line.replace('arb ', 'arb export '));
  execFileSync('python3', ['-c', typist], {
    cwd: folder,
    input: [define, ...lines, 'exit\n'].join(''),
    env: { ...process.env, TERM: 'dumb', HISTFILE: '/dev/null', INPUTRC: '/dev/null' },
    timeout: 60_000,
  });
  const words = readFileSync(join(outside, 'words'), 'utf8').split('\n');
  expect(words.filter((word) => word !== 'export' && word !== '')).toEqual([
    'a b',
    '$(touch x)',
    '`touch y`',
    "it's;z",
    '--out=a b',
    '--to=portkey',
  ]);
  expect(readdirSync(folder).sort()).toEqual(['$(touch x)', '`touch y`', 'a b', "it's;z"].sort());
});

/** Each command with its options and the commands below it, as the help has them. */
async function readHelp(words: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const { stdout } = await arb([...words, '--help']);
  const options = [...stdout.matchAll(/^ {2}(-\w), (--[\w-]+)|^ {2}(--[\w-]+)/gm)];
  const [list = ''] = stdout.split('\nCommands:\n')[1]?.split('\n\n') ?? [];
  const names = [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name);
  const own = options.flatMap((match) => match.slice(1).filter((name) => name !== undefined));
  const found = new Map([[['arb', ...words].join(' '), [...own, ...names]]]);
  for (const name of names.filter((one) => one !== 'help')) {
    for (const [path, below] of await readHelp([...words, name])) found.set(path, [...below]);
  }
  return found;
}

it('every command and option of the help is in the script of each shell', async () => {
  const [zsh, fish] = [await readScript('zsh'), await readScript('fish')];
  const help = await readHelp([]);
  expect(help.size).toBeGreaterThan(25);
  for (const [path, words] of help) {
    const [options = [], names = []] = complete([`${path} -`.split(' '), `${path} `.split(' ')]);
    const inZsh = zsh.split(`\n_${path.replaceAll(' ', '_')}() {\n`)[1]?.split('\n}\n')[0] ?? '';
    const inFish = fish.split('\n').filter((line) => line.includes(`'__arb_at \\'${path}\\' `));
    for (const word of words) {
      const name = word.replace(/^--?/, '');
      const flag = word.startsWith('--') ? '-l' : word.startsWith('-') ? '-s' : '-a';
      expect([...options, ...names], path).toContain(word);
      expect(inZsh, path).toMatch(new RegExp(`'\\*?${word}[+=:\\[]`));
      expect(inFish.join('\n'), path).toContain(` ${flag} '${name}'`);
    }
  }
});

it('zsh and fish are told what each word is for, quoted as they quote', async () => {
  const [zsh, fish] = [await readScript('zsh'), await readScript('fish')];
  expect(zsh).toContain(`'export:a gateway'\\''s own config, and what it could not express'`);
  expect(zsh).toContain(`'report:one HTML page of a run\\: the answer`);
  expect(zsh).toMatch(/'\*--to=\[which gateway\]:gateway:\(litellm .*portkey/);
  expect(zsh).toContain(`'*-o+[the page]:file:_files'`);
  expect(fish).toContain(
    `-a 'export' -d 'a gateway\\'s own config, and what it could not express'`,
  );
  expect(fish).toMatch(/-l 'to' -r -f -a 'litellm .*portkey.*' -d 'which gateway'/);
  expect(fish).toContain(`-s 'o' -l 'out' -r -F -d 'the page'`);
});

it('refuses a shell that it has no script for', async () => {
  const ran = await arb(['completion', 'tcsh']);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(/bash, zsh, fish/)]);
});
