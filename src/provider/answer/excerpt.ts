import { oneLine } from '../../lines.ts';
import { redact } from './redact.ts';

/**
 * One line of at most 300 characters, without control characters. Keys go before anything is cut: of
 * a key that is cut no form can be found any more.
 */
export function excerpt(words: string, keys: readonly (string | undefined)[]): string {
  const clean = redact(words, keys);
  const line = oneLine(clean).replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
