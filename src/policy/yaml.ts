import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import { describeFaults, findLine } from '../input.ts';

/** So many faults of the form are said. */
const mostSaid = 3;

/** What a YAML file may hold; each limit has an error of its own. */
export const yamlLimits = {
  /** 16 million: a policy of 10,000 rules has 3. */
  characters: 16_000_000,
  /** Deeper than any of arb's files by a factor of four, and far from the stack's end. */
  depth: 64,
  /** With each alias written out: a gateway's configuration names one anchor for hundreds of models. */
  values: 1_000_000,
} as const;

/** A YAML (or JSON) file, read within `yamlLimits`. */
export interface YamlFile {
  /** As written, no default filled in. */
  readonly value: unknown;
  /** @throws UsageError with `file:line: what. next step` for each fault. */
  parse<T>(schema: z.ZodType<T>): T;
  /** The text with another plain value under a top-level key; all other bytes stay. */
  replace(key: string, value: string): string | undefined;
  /** The text without a top-level key of a block and its lines; all other bytes stay. */
  remove(key: string): string | undefined;
}

/**
 * Reads YAML (or JSON, which is YAML).
 *
 * @throws UsageError with `file:line: what. next step` where it is not valid or over a limit.
 */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const document = parseWithin(text, lines, file);
  // What aliases stand for was counted.
  const value: unknown = document.toJS({ maxAliasCount: -1 }) ?? {};
  return {
    value,
    parse(schema) {
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      const faults = describeFaults(schema, result.error);
      throw new UsageError(
        faults.map((f) => `${file}:${findLine({ document, lines }, f)}: ${f.text}`).join('\n'),
      );
    },
    replace(key, plain) {
      const node = document.get(key, true);
      if (!isScalar(node) || !node.range) return undefined;
      return text.slice(0, node.range[0]) + plain + text.slice(node.range[1]);
    },
    remove(key) {
      const top = document.contents;
      if (!isMap(top) || top.flow) return undefined;
      const at = top.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key);
      const findStart = (index: number) => {
        const found = top.items[index]?.key;
        return isScalar(found) && found.range ? found.range[0] : text.length;
      };
      return at < 0 ? undefined : text.slice(0, findStart(at)) + text.slice(findStart(at + 1));
    },
  };
}

/** Parses YAML by a schema. @throws UsageError with `file:line: what. next step` for each fault. */
export function parseYaml<T>(schema: z.ZodType<T>, text: string, file: string): T {
  return readYaml(text, file).parse(schema);
}

function parseWithin(text: string, lines: LineCounter, file: string) {
  if (text.length > yamlLimits.characters) {
    const most = `it has ${text.length} characters, and ${yamlLimits.characters} are the most`;
    throw new UsageError(`${file}: ${most}. Split the file.`);
  }
  const tooDeep = (where: string) =>
    new UsageError(`${where}: nested more than ${yamlLimits.depth} deep. Write it flatter.`);
  const at = (node: { readonly range?: readonly number[] | null | undefined }) =>
    node.range ? `${file}:${lines.linePos(node.range[0] ?? 0).line}` : file;
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  } catch (error) {
    // The parser recurses: some thousand brackets end its stack.
    if (error instanceof RangeError) throw tooDeep(file);
    throw error;
  }
  if (document.errors.length > 0) {
    // One missing quote makes a fault of each line that follows.
    const faults = document.errors
      .slice(0, mostSaid)
      .map(
        ({ pos, message }) =>
          `${at({ range: pos })}: not valid YAML (${message}). Correct the line.`,
      );
    const more = document.errors.length - faults.length;
    const rest = more > 0 ? [`${file}: ${more} more faults. Is it the file you mean?`] : [];
    throw new UsageError([...faults, ...rest].join('\n'));
  }
  const anchors = new Map<string, Node>();
  let hasAliases = false;
  visit(document, {
    Node(_, node, path) {
      if (path.filter(isCollection).length >= yamlLimits.depth) throw tooDeep(at(node));
      if (!isAlias(node)) {
        if (node.anchor) anchors.set(node.anchor, node);
        return;
      }
      const anchored = anchors.get(node.source);
      if (!anchored || path.includes(anchored as never)) {
        const what = `*${node.source} stands for nothing that is complete before it`;
        throw new UsageError(`${at(node)}: ${what}. Write the value in its place.`);
      }
      hasAliases = true;
    },
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      throw new UsageError(`${at(key)}: "__proto__" is no name. Choose another one.`);
    },
  });
  if (hasAliases && countValues(document) > yamlLimits.values) {
    const what = `its aliases stand for more than ${yamlLimits.values} values`;
    throw new UsageError(`${file}: ${what}. Write it without aliases of aliases.`);
  }
  return document;
}

/** The values of a document with each alias written out; an alias of aliases stands for all of theirs. */
function countValues(document: Document): number {
  const anchored = new Map<string, number>();
  const count = (node: unknown): number => {
    if (isAlias(node)) return anchored.get(node.source) ?? 1;
    if (isPair(node)) return count(node.key) + count(node.value);
    let values = 1;
    if (isCollection(node)) for (const item of node.items) values += count(item);
    if (isNode(node) && 'anchor' in node && typeof node.anchor === 'string')
      anchored.set(node.anchor, values);
    return values;
  };
  return count(document.contents);
}
