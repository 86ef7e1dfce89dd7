import { stringify } from 'csv-stringify/sync';
import { oneLine } from '../../lines.ts';

/** A value of a cell; undefined is not known and empty. */
type Cell = string | number | undefined;

/**
 * Rows as CSV (RFC 4180) with a line of titles, those of the first row. A text stays a text: no cell
 * begins as a formula of a spreadsheet does, drives a terminal or reorders what is beside it.
 */
export const csvText = (rows: readonly Readonly<Record<string, Cell>>[]): string =>
  stringify([...rows], { header: true, escape_formulas: true, cast: { string: toPlain } });

/** The same of rows under columns whose titles may be alike. */
export const csvTable = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  stringify([[...titles], ...rows.map((row) => [...row])], {
    escape_formulas: true,
    cast: { string: toPlain },
  });

const toPlain = (text: string) => oneLine(text.toWellFormed()).trim();
