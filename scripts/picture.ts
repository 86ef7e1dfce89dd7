import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Draws docs/bench.svg from a real run: `arb demo` on a terminal of tmux, caught half way. Its times are
 * those of the machine that it is drawn on.
 */
const root = join(import.meta.dirname, '..');
const [width, height] = [111, 24];
const session = `arb-picture-${process.pid}`;
/** Pixels of a letter in 14 px monospace, and of a line. */
const [letter, line, margin] = [8.435, 19, 16];
const colours = { plain: '#dfe6ec', dim: '#8b98a5', cyan: '#4fc3d9' } as const;

const folder = mkdtempSync(join(tmpdir(), 'arb-picture-'));
const main = join(root, 'dist', 'cli', 'main.js');
const command = `cd '${folder}'; clear; '${process.execPath}' '${main}' demo`;
tmux('new-session', '-d', '-s', session, '-x', String(width), '-y', String(height));
try {
  tmux('send-keys', '-t', session, command, 'Enter');
  const screen = await catchHalfWay();
  writeFileSync(join(root, 'docs', 'bench.svg'), toSvg(screen));
} finally {
  tmux('kill-session', '-t', session);
}

function tmux(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('tmux', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
  return stdout;
}

/** The lines of the live screen as soon as half of the first target's requests are done. */
async function catchHalfWay(): Promise<string[]> {
  for (let look = 0; look < 600; look++) {
    await wait(100);
    const lines = tmux('capture-pane', '-t', session, '-p', '-e').split('\n');
    const from = lines.findIndex((each) => strip(each).startsWith('arb bench 824'));
    const to = lines.findIndex((each) => strip(each).startsWith('arb itself'));
    const [, done, all] = /(\d+)\/(\d+)/.exec(strip(lines[from + 2] ?? '')) ?? [];
    if (from >= 0 && to > from && Number(done) >= Number(all) / 2) return lines.slice(from, to + 1);
  }
  throw new Error('the screen of the bench was not seen in a minute');
}

/** Text in one style: SGR 1 is bold, 2 dim, 36 cyan; 0, 22 and 39 end them. */
interface Piece {
  readonly text: string;
  readonly codes: ReadonlySet<string>;
}

function toPieces(text: string): Piece[] {
  let codes = new Set<string>();
  return text.split('\u001b[').flatMap((part, at) => {
    const [, sgr, rest = part] = (at > 0 && /^([\d;]*)m(.*)$/.exec(part)) || [];
    for (const code of sgr?.split(';') ?? []) {
      if (code === '0' || code === '') codes = new Set();
      else if (code === '39') codes.delete('36');
      else codes = new Set([...codes, code]);
    }
    return rest === '' ? [] : [{ text: rest, codes: new Set(codes) }];
  });
}

function strip(text: string): string {
  return toPieces(text)
    .map((piece) => piece.text)
    .join('');
}

function toSvg(lines: readonly string[]): string {
  const [w, h] = [Math.round(width * letter), 54 + lines.length * line];
  const rows = lines.flatMap((text, row) => toTexts(toPieces(text), 54 + row * line));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-label="arb bench on a terminal">`,
    `<rect width="${w}" height="${h}" rx="10" fill="#101418"/>`,
    '<circle cx="20" cy="18" r="5" fill="#f4645f"/><circle cx="38" cy="18" r="5" fill="#f9be3e"/><circle cx="56" cy="18" r="5" fill="#3dc94f"/>',
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" xml:space="preserve">`,
    ...rows,
    '</g></svg>',
    '',
  ].join('\n');
}

/** Each run of words at its place, so that no font moves the columns. */
function toTexts(pieces: readonly Piece[], y: number): string[] {
  let column = 0;
  return pieces.flatMap(({ text, codes }) => {
    const start = column;
    column += text.length;
    const fill = codes.has('36') ? colours.cyan : codes.has('2') ? colours.dim : colours.plain;
    const weight = codes.has('1') ? ' font-weight="700"' : '';
    return [...text.matchAll(/\S+(?: \S+)*/g)].map(([words], at, all) => {
      const x = margin + (start + (all[at]?.index ?? 0)) * letter;
      const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
      return `<text x="${x.toFixed(1)}" y="${y}" fill="${fill}"${weight} textLength="${(words.length * letter).toFixed(1)}" lengthAdjust="spacingAndGlyphs">${escaped}</text>`;
    });
  });
}
