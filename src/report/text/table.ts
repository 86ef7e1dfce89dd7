import { measureWidth } from './width.ts';
import { wrapWords } from './wrap.ts';

/** A column of a plain table: its title, and on which side its cells stand. */
export interface Column {
  readonly title: string;
  /** @default 'right' */
  readonly align?: 'left' | 'right';
}

/** A titled table as a page, a terminal or a file may draw it. Cells are plain text; '' is not known. */
export interface Sheet {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const GAP = '  ';
/** Names are not shortened below this. */
const SHORTEST = 12;
/** Texts of the last column and labels are not broken into lines shorter than this. */
const SHORTEST_TEXT = 24;

/** Columns of the terminal; where there is none, a line may be as long as it is. */
let widest = Number.POSITIVE_INFINITY;

/** Tables from now on are at most this wide, in columns of the terminal. */
export function limitTables(width: number | undefined): void {
  widest = width ?? Number.POSITIVE_INFINITY;
}

/**
 * Rows as aligned lines, widths by the longest cell as a terminal shows it; an empty cell is something
 * unknown. Where the terminal is narrower, texts of a last column that stands on the left and labels of
 * several words take several lines, long names are shortened in the middle, and then the last columns
 * follow in a table below: no line is broken within a word, and no figure of a label is lost.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const [first, ...others] = columns;
  if (first === undefined) return [];
  // A name with a line break in it would make a line of its own.
  const plain = rows.map((row) => row.map((cell) => cell.replaceAll(/\p{Cc}+/gu, ' ')));
  const cells = fitNames(columns, breakTexts(columns, plain));
  const widths = measureWidths(columns, cells);
  const parts: number[][] = [[0]];
  let used = widths[0] ?? 0;
  for (const index of others.keys()) {
    const width = GAP.length + (widths[index + 1] ?? 0);
    if (used + width > widest && (parts.at(-1)?.length ?? 0) > 1) {
      parts.push([0]);
      used = widths[0] ?? 0;
    }
    parts.at(-1)?.push(index + 1);
    used += width;
  }
  return parts.flatMap((shown) =>
    [columns.map(({ title }) => title), ...cells].map((row) =>
      shown
        .map((i) => pad(row[i] ?? '', widths[i] ?? 0, columns[i]?.align ?? 'right'))
        .join(GAP)
        .trimEnd(),
    ),
  );
}

function measureWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, measureWidth(row[i] ?? '')), measureWidth(title)),
  );
}

/** Sentences in the last column as narrow as makes the table fit, or as a table below it allows. */
function breakTexts(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const last = columns.length - 1;
  if (last < 1 || columns[last]?.align !== 'left') return rows;
  const widths = measureWidths(columns, rows);
  const [first = 0, text = 0] = [widths[0], widths[last]];
  const others = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  const beside = widest - others;
  const most = beside >= SHORTEST_TEXT ? beside : widest - first - GAP.length;
  if (text <= most) return rows;
  return rows.flatMap((row) => {
    const [head = '', ...more] = wrapWords(row[last] ?? '', Math.max(SHORTEST_TEXT, most));
    return [
      [...row.slice(0, last), head],
      ...more.map((line) => [...row.slice(0, last).map(() => ''), line]),
    ];
  });
}

/**
 * The first column as narrow as makes the table fit, where names stay apart then; else, as columns will
 * follow below all the same, only as narrow as leaves room for each of them.
 */
function fitNames(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const [first = 0, ...others] = measureWidths(columns, rows);
  const over = others.reduce((sum, width) => sum + width + GAP.length, first) - widest;
  if (over <= 0 || columns[0]?.align !== 'left') return rows;
  const labels = rows.some(([name = '']) => name.includes(' '));
  const shortest = labels ? SHORTEST_TEXT : SHORTEST;
  const narrow = first - over >= shortest ? narrowNames(rows, first - over) : undefined;
  if (narrow) return narrow;
  const room = widest - Math.max(0, ...others) - GAP.length;
  // Labels break between words, so that half of the line is left for the figures.
  const most = labels ? Math.min(room, Math.floor(widest / 2)) : room;
  return narrowNames(rows, Math.max(shortest, most)) ?? rows;
}

/** Names in at most `most` columns, by several lines where they have words; nothing where two become one. */
function narrowNames(
  rows: readonly (readonly string[])[],
  most: number,
): readonly (readonly string[])[] | undefined {
  const short = rows.map(([name = '']) => wrapWords(name, most).map((part) => shorten(part, most)));
  const before = new Set(rows.map(([name]) => name)).size;
  if (new Set(short.map((parts) => parts.join(' '))).size < before) return undefined;
  return rows.flatMap(([, ...rest], at) =>
    (short[at] ?? []).map((part, line) => [part, ...(line === 0 ? rest : rest.map(() => ''))]),
  );
}

/** A name in at most `width` columns: its head and its tail, which tell names apart. */
export function shorten(name: string, width: number): string {
  if (measureWidth(name) <= width) return name;
  // Letters as they are seen: half of an emoji, or a letter without its accent, is another one.
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const letters = [...segmenter.segment(name)].map(({ segment }) => segment);
  const head = takeLetters(letters, Math.ceil((width - 1) / 2));
  const rest = width - 1 - measureWidth(head.join(''));
  const tail = takeLetters(letters.slice(head.length).reverse(), rest).reverse();
  return `${head.join('')}…${tail.join('')}`;
}

/** The first letters that fit into `width` columns; wide ones take two. */
function takeLetters(letters: readonly string[], width: number): string[] {
  let used = 0;
  const end = letters.findIndex((letter) => {
    used += measureWidth(letter);
    return used > width;
  });
  return letters.slice(0, end < 0 ? letters.length : end);
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - measureWidth(cell)));
  return align === 'left' ? cell + space : space + cell;
}
