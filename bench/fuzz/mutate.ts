import fc from 'fast-check';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Values that readers have stumbled over. */
const odd = fc.constantFrom<Json>(
  ...[null, true, false, 0, -1, -0.5, 1e-9, 1e308, 2 ** 53, 0.1],
  ...['', ' ', 'none', '__proto__', 'constructor', 'toString', '1e400', '0x10', '\u0000', '\ud800'],
  ...['os.environ/A-B', '%zz', '$A B', '../..', 'http://', 'a\nb', 'x'.repeat(300)],
  ...([[], {}, [[]], [null], { a: null }] as Json[]),
);
const value: fc.Arbitrary<Json> = fc.oneof(
  odd,
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);

interface Edit {
  /** Which node, as a fraction of all. */
  readonly at: number;
  readonly kind: 'replace' | 'remove' | 'add' | 'copy' | 'rename' | 'nest';
  readonly value: Json;
  readonly key: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  // Unbiased, or it would be the first node most of the time.
  at: fc.noBias(fc.nat(999_999)).map((n) => n / 1_000_000),
  kind: fc.constantFrom('replace', 'remove', 'add', 'copy', 'rename', 'nest'),
  value,
  key: fc.constantFrom('__proto__', 'constructor', 'weight', 'name', 'id', 'x', ''),
});

/** An example with one to four of its nodes changed. */
export function mutate(examples: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.constantFrom(...examples), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([example, edits]) => edits.reduce<unknown>(apply, structuredClone(example)));
}

interface Place {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

function listPlaces(node: unknown): Place[] {
  if (typeof node !== 'object' || node === null) return [];
  const holder = node as Place['holder'];
  const keys = Array.isArray(holder) ? holder.map((_, at) => at) : Object.keys(holder);
  return keys.flatMap((key) => [
    { holder, key },
    ...listPlaces((holder as Record<string | number, Json>)[key]),
  ]);
}

function apply(tree: unknown, { at, kind, value: fresh, key: name }: Edit): unknown {
  // A copy each time, or a value could be put into itself.
  const given = structuredClone(fresh);
  const places = listPlaces(tree);
  const place = places[Math.floor(at * places.length)];
  if (!place) return given;
  const { key } = place;
  const holder = place.holder as Record<string | number, Json>;
  const put = (where: string | number, what: Json) => {
    Object.defineProperty(holder, where, {
      value: what,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  };
  const now = holder[key] ?? null;
  switch (kind) {
    case 'replace':
      put(key, given);
      break;
    case 'remove':
      if (Array.isArray(place.holder)) place.holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 'add':
      if (Array.isArray(place.holder)) place.holder.push(given);
      else put(name, given);
      break;
    case 'copy':
      if (Array.isArray(place.holder)) place.holder.push(structuredClone(now));
      else put(name, structuredClone(now));
      break;
    case 'rename':
      if (Array.isArray(place.holder)) break;
      delete holder[key];
      put(name, now);
      break;
    case 'nest':
      put(key, [now]);
      break;
  }
  return tree;
}

/** What becomes of three in four texts: nothing; of the others a cut, a copy or another character. */
export const textEdit: fc.Arbitrary<(text: string) => string> = fc
  .record({
    kind: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'none', 'cut', 'copy', 'put'),
    from: fc.noBias(fc.nat(9_999)),
    length: fc.nat(200),
    put: fc.constantFrom(
      ...['\0', '\r', '\n', '"', '{', '}', '\\u', ':', '\ud800', '\u2028', 'é', '0'],
    ),
  })
  .map(({ kind, from, length, put }) => (text) => {
    const at = Math.floor((from / 10_000) * text.length);
    switch (kind) {
      case 'cut':
        return text.slice(0, at);
      case 'copy':
        return text.slice(0, at + length) + text.slice(at);
      case 'put':
        return text.slice(0, at) + put + text.slice(at + 1);
      default:
        return text;
    }
  });
