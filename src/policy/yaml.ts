import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import { describeFaults, type InputFault } from '../input.ts';

/**
 * Parses YAML (or JSON, which is YAML) by a schema.
 *
 * @throws UsageError with `file:line: what. next step` for each fault.
 */
export function parseYaml<T>(schema: z.ZodType<T>, text: string, file: string): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => {
      const { line } = lines.linePos(error.pos[0]);
      return `${file}:${line}: not valid YAML (${error.message}). Correct the line.`;
    });
    throw new UsageError(faults.join('\n'));
  }
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  const lineOf = ({ path }: InputFault): number => {
    // The node itself may be absent (a missing key): the nearest parent that exists is shown.
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const faults = describeFaults(schema, result.error);
  throw new UsageError(faults.map((f) => `${file}:${lineOf(f)}: ${f.text}`).join('\n'));
}
