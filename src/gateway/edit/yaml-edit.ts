import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  stringify,
} from 'yaml';
import { UsageError } from '../../errors.ts';

/**
 * Changes to a YAML file of somebody else, made in its text: lines that are not arb's stay as they
 * are, byte for byte, with their comments, quotes and order.
 */
export type YamlChange =
  /** Items of a list: arb's own are replaced, at the place of the first. */
  | {
      readonly kind: 'items';
      readonly path: readonly string[];
      readonly owned: (value: unknown) => boolean;
      readonly values: readonly unknown[];
    }
  /** Entries of a map: arb's own are replaced. */
  | {
      readonly kind: 'entries';
      readonly path: readonly string[];
      readonly owned: (key: string) => boolean;
      readonly values: Readonly<Record<string, unknown>>;
    }
  /** A value that must hold: written where it is absent, refused where it is another. */
  | { readonly kind: 'value'; readonly path: readonly string[]; readonly value: unknown };

/** @throws UsageError where the file is not block-style YAML, or says otherwise than it must. */
export function splice(text: string, change: YamlChange, file: string): string {
  switch (change.kind) {
    case 'items':
      return new Splice(text, file).items(change);
    case 'entries':
      return new Splice(text, file).entries(change);
    case 'value':
      return new Splice(text, file).value(change);
  }
}

type Of<Kind extends YamlChange['kind']> = Extract<YamlChange, { kind: Kind }>;

class Splice {
  readonly #lines: string[];
  readonly #counter = new LineCounter();
  readonly #document;
  readonly #file: string;

  constructor(text: string, file: string) {
    this.#document = parseDocument(text, { lineCounter: this.#counter });
    this.#file = file;
    const [error] = this.#document.errors;
    if (error)
      throw new UsageError(`${file}: not valid YAML (${error.message}). Correct it first.`);
    this.#lines = text.split('\n');
  }

  items({ path, owned, values }: Of<'items'>): string {
    const list = this.#at(path);
    if (list === undefined) return values.length > 0 ? this.#create(path, values) : this.#text();
    if (isScalar(list) && list.value === null) return this.#replaceNull(path, values);
    if (!isSeq(list) || list.flow) throw this.#flow(path);
    const spans = list.items.map((item) => ({
      value: (item as Node).toJS(this.#document),
      ...this.#span(item as Node),
    }));
    const mine = spans.filter(({ value }) => owned(value));
    const indent = readIndent(this.#lines[spans[0]?.from ?? 0] ?? '');
    const text = values.length > 0 ? indented(stringifyBlock(values), indent) : [];
    return this.#replace(mine, mine[0]?.from ?? this.#after(spans.at(-1)), text);
  }

  entries({ path, owned, values }: Of<'entries'>): string {
    const map = this.#at(path);
    const any = Object.keys(values).length > 0;
    if (map === undefined) return any ? this.#create(path, values) : this.#text();
    if (isScalar(map) && map.value === null) return this.#replaceNull(path, values);
    if (!isMap(map) || map.flow) throw this.#flow(path);
    const spans = map.items.map((pair) => ({ key: keyOf(pair), ...this.#pairSpan(pair) }));
    const mine = spans.filter(({ key }) => owned(key));
    const indent = readIndent(this.#lines[spans[0]?.from ?? 0] ?? '');
    const text = any ? indented(stringifyBlock(values), indent) : [];
    return this.#replace(mine, mine[0]?.from ?? this.#after(spans.at(-1)), text);
  }

  value({ path, value }: Of<'value'>): string {
    const found = this.#at(path);
    if (found === undefined) return this.#create(path, value);
    const now = found.toJS(this.#document);
    if (JSON.stringify(now) === JSON.stringify(value)) return this.#text();
    throw new UsageError(
      `${this.#file}: ${path.join('.')} is ${JSON.stringify(now)}, and arb's groups need ` +
        `${JSON.stringify(value)}. Change it if your other groups allow, or export a file of its own.`,
    );
  }

  #at(path: readonly string[]): Node | undefined {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return (node ?? undefined) as Node | undefined;
  }

  /** Writes a path that is not there, under the deepest parent that is. */
  #create(path: readonly string[], value: unknown): string {
    const under = (depth: number) =>
      path
        .slice(depth)
        .toReversed()
        .reduce<unknown>((inner, key) => ({ [key]: inner }), value);
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const parent = this.#at(path.slice(0, depth));
      if (parent === undefined || (isScalar(parent) && parent.value === null)) continue;
      if (!isMap(parent) || parent.flow) throw this.#flow(path.slice(0, depth));
      const last = parent.items.at(-1);
      const span = last && this.#pairSpan(last);
      const indent = readIndent(this.#lines[span?.from ?? 0] ?? '');
      return this.#replace([], this.#after(span), indented(stringifyBlock(under(depth)), indent));
    }
    return this.#replace([], this.#after(undefined), stringifyBlock(under(0)));
  }

  /** `key:` with nothing after it. */
  #replaceNull(path: readonly string[], value: unknown): string {
    const parent = this.#at(path.slice(0, -1));
    const pair = isMap(parent) ? parent.items.find((one) => keyOf(one) === path.at(-1)) : undefined;
    if (!pair) throw this.#flow(path);
    const { from } = this.#pairSpan(pair);
    const indent = `${readIndent(this.#lines[from] ?? '')}  `;
    return this.#replace([], from + 1, indented(stringifyBlock(value), indent));
  }

  #span(node: Node): Span {
    const [start, end] = node.range ?? [0, 0];
    return { from: this.#line(start), to: this.#line(Math.max(start, end - 1)) + 1 };
  }

  #pairSpan(pair: Pair): Span {
    const key = this.#span(pair.key as Node);
    const value = pair.value as Node | null;
    if (!value?.range || value.range[1] <= value.range[0]) return key;
    return { from: key.from, to: Math.max(key.to, this.#span(value).to) };
  }

  #line(offset: number): number {
    return this.#counter.linePos(offset).line - 1;
  }

  #after(span: Span | undefined): number {
    return span?.to ?? this.#lines.length - (this.#lines.at(-1) === '' ? 1 : 0);
  }

  #replace(gone: readonly Span[], at: number, text: readonly string[]): string {
    const kept = this.#lines.flatMap((line, index) => {
      const own = gone.some(({ from, to }) => index >= from && index < to);
      return [...(index === at ? text : []), ...(own ? [] : [line])];
    });
    return [...kept, ...(at >= this.#lines.length ? text : [])].join('\n');
  }

  #text(): string {
    return this.#lines.join('\n');
  }

  #flow(path: readonly string[]): UsageError {
    return new UsageError(
      `${this.#file}: ${path.join('.') || 'the file'} is not written as a block, one entry a line. ` +
        'Write it so, and merge again.',
    );
  }
}

/** Lines of the file, the end excluded. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const keyOf = (pair: Pair) => String(isScalar(pair.key) ? pair.key.value : pair.key);

const readIndent = (line: string) => /^ */.exec(line)?.[0] ?? '';

const indented = (lines: readonly string[], indent: string) => lines.map((line) => indent + line);

function stringifyBlock(value: unknown): string[] {
  const text = stringify(value, { lineWidth: 100, aliasDuplicateObjects: false });
  return text.replace(/\n$/, '').split('\n');
}
