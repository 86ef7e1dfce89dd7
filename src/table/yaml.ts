import { parse, YAMLError } from 'yaml';
import { UsageError } from '../errors.ts';
import { readBytes } from './bytes.ts';
import type { Row, Source } from './source.ts';

/** YAML is read as a whole: a file that people write is not larger. */
const MOST_BYTES = 16 * 1_024 * 1_024;

/** The members of a YAML list, or the one document. @throws UsageError where it is none or too large. */
export async function* readYamlRows(source: Source): AsyncGenerator<readonly Row[]> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const bytes of readBytes(source)) {
    parts.push(bytes);
    length += bytes.length;
    if (length > MOST_BYTES) {
      throw new UsageError(`${source.name}: YAML of more than 16 MB. Give it as JSON Lines.`);
    }
  }
  let value: unknown;
  try {
    value = parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    if (!(cause instanceof YAMLError) && !(cause instanceof ReferenceError)) throw cause;
    const what = cause.message.split('\n')[0] ?? '';
    throw new UsageError(`${source.name}: not YAML that can be read (${what}). Correct it.`, {
      cause,
    });
  }
  const values = Array.isArray(value) ? value : [value];
  yield values.map((each, at) => ({ value: each, line: at + 1 }));
}
