/** What an answer in JSON is made of, as a JSON Schema in which everything that was seen is wanted. */
export type Shape =
  | { readonly type: 'object'; readonly properties: Readonly<Record<string, Shape>> }
  | { readonly type: 'array' | 'string' | 'number' | 'boolean' | 'null' };

/** The shape of a text that is a JSON object; undefined where it is none. */
export function readShape(text: string): Shape | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return shapeOf(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

/** Deeper than this, what varies is data. */
const DEEPEST = 2;

function shapeOf(value: unknown, depth: number): Shape {
  if (value === null) return { type: 'null' };
  if (Array.isArray(value)) return { type: 'array' };
  if (typeof value !== 'object') return { type: typeof value as 'string' | 'number' | 'boolean' };
  const entries = depth < DEEPEST ? Object.entries(value) : [];
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, each]) => [key, shapeOf(each, depth + 1)])),
  };
}

/**
 * The JSON Schema that all of these shapes fit: keys that each has are required, a key of several
 * types may have any of them. Undefined where no key is common.
 */
export function toCommonSchema(shapes: readonly Shape[]): object | undefined {
  const objects = shapes.flatMap((shape) => (shape.type === 'object' ? [shape.properties] : []));
  if (objects.length < shapes.length) return undefined;
  const [first = {}] = objects;
  const required = Object.keys(first).filter((key) =>
    objects.every((each) => Object.hasOwn(each, key)),
  );
  if (required.length === 0) return undefined;
  const properties = required.map((key) => {
    const values = objects.flatMap((each) => each[key] ?? []);
    const nested = values.every(({ type }) => type === 'object')
      ? toCommonSchema(values)
      : undefined;
    const types = [...new Set(values.map(({ type }) => type))];
    return [key, nested ?? { type: types.length === 1 ? types[0] : types }];
  });
  return { type: 'object', required, properties: Object.fromEntries(properties) };
}
