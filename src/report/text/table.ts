import { oneLine } from '../../lines.ts';
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
/** Names that are shortened although columns follow below, or that stand beside others, are not shorter. */
const SHORTEST_BESIDE = 20;
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
  if (columns.length === 0) return [];
  // A name with a line break in it would make a line of its own.
  const plain = rows.map((row) => row.map((cell) => oneLine(cell)));
  const shown = leaveOutEmpty(columns, plain);
  const cells = fitNames(shown.columns, breakTexts(shown.columns, shown.rows));
  const widths = measureWidths(shown.columns, cells);
  const keys = chooseKeys(shown.columns, widths);
  const line = (row: readonly string[], part: readonly number[]) =>
    part
      .map((i) => pad(row[i] ?? '', widths[i] ?? 0, shown.columns[i]?.align ?? 'right'))
      .join(GAP)
      .trimEnd();
  return splitColumns(widths, keys).flatMap((part) => {
    const told = part.filter((i) => i === 0 || !keys.includes(i));
    return [
      line(
        shown.columns.map(({ title }) => title),
        part,
      ),
      ...cells.filter((row) => told.some((i) => row[i])).map((row) => line(row, part)),
    ];
  });
}

interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const totalWidth = (widths: readonly number[]) =>
  widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);

/** A table that does not fit has no room for columns in which nothing stands. */
function leaveOutEmpty(columns: readonly Column[], rows: Table['rows']): Table {
  const fits = totalWidth(measureWidths(columns, rows)) <= widest;
  const kept = [...columns.keys()].filter(
    (i) => i === 0 || rows.length === 0 || rows.some((row) => (row[i] ?? '') !== ''),
  );
  if (fits || kept.length === columns.length) return { columns, rows };
  return {
    columns: columns.filter((_, i) => kept.includes(i)),
    rows: rows.map((row) => kept.map((i) => row[i] ?? '')),
  };
}

/**
 * The columns that say what a row is about: the first, and those on the left that follow it, as many as
 * leave room for any other.
 */
function chooseKeys(columns: readonly Column[], widths: readonly number[]): readonly number[] {
  const other = columns.findIndex(({ align }, i) => i > 0 && align !== 'left');
  const all = [...columns.keys()].slice(0, Math.max(1, other));
  const most = Math.max(0, ...widths.slice(all.length));
  const nearest = [0, all.length - 1];
  const fits = [all, ...(all.length > 2 ? [nearest] : [])].find(
    (keys) => totalWidth(keys.map((i) => widths[i] ?? 0)) + GAP.length + most <= widest,
  );
  return fits ?? [0];
}

/** The columns of each of the tables that follow below each other; what a row is about is in all of them. */
function splitColumns(widths: readonly number[], keys: readonly number[]): number[][] {
  const parts: number[][] = [[]];
  let used = -GAP.length;
  for (const [index, own] of widths.entries()) {
    const width = GAP.length + own;
    const part = parts.at(-1) ?? [];
    if (used + width > widest && part.some((i) => !keys.includes(i))) {
      parts.push([...keys]);
      used = totalWidth(keys.map((i) => widths[i] ?? 0));
    }
    parts.at(-1)?.push(index);
    used += width;
  }
  return parts;
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
 * Names as narrow as makes the table fit, where they stay apart then; else, as columns will follow below
 * all the same, the first column only as narrow as lessens the number of tables.
 */
function fitNames(columns: readonly Column[], given: Table['rows']): Table['rows'] {
  const rows = shortenKeys(columns, given);
  const widths = measureWidths(columns, rows);
  const [first = 0, ...others] = widths;
  const over = totalWidth(widths) - widest;
  if (over <= 0 || columns[0]?.align !== 'left') return rows;
  // The title stays whole, so that narrower names would save nothing.
  const least = Math.max(SHORTEST, measureWidth(columns[0].title));
  const narrow = first - over >= least ? narrowNames(rows, first - over) : undefined;
  if (narrow) return narrow;
  const most = Math.max(SHORTEST, widest - Math.max(0, ...others) - GAP.length);
  const count = (width: number) => {
    const tried = [width, ...others];
    return splitColumns(tried, chooseKeys(columns, tried)).length;
  };
  let best = Math.min(first, most);
  for (let width = best; width >= SHORTEST_BESIDE; width--)
    if (count(width) < count(best)) best = width;
  return narrowNames(rows, best) ?? narrowNames(rows, most) ?? rows;
}

/** Names beside the first column, such as that of a target in a row of a run, as far as the table needs it. */
function shortenKeys(columns: readonly Column[], rows: Table['rows']): Table['rows'] {
  const widths = measureWidths(columns, rows);
  const over = totalWidth(widths) - widest;
  if (over <= 0) return rows;
  const keys = columns.findIndex(({ align }, i) => i > 0 && align !== 'left');
  return rows.map((row) =>
    row.map((cell, i) => {
      if (i === 0 || i >= keys) return cell;
      const most = Math.max(SHORTEST_BESIDE, (widths[i] ?? 0) - over);
      const names = new Set(rows.map((each) => each[i] ?? ''));
      const apart = new Set([...names].map((name) => shorten(name, most))).size === names.size;
      return apart ? shorten(cell, most) : cell;
    }),
  );
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
