import { createRequire } from 'node:module';

/** Loaded at the first text that needs it: its tables of characters take as long as Node's own start. */
const load = createRequire(import.meta.url);

/** Letters, digits and signs that take one column each whatever stands beside them. */
const narrow = /^[ -~À-ſ–—‘’“”…€]*$/;

/** Columns that a text takes on a terminal: none for a mark, two for a wide character. */
export function measureWidth(text: string): number {
  return narrow.test(text)
    ? text.length
    : (load('string-width') as typeof import('string-width')).default(text);
}
