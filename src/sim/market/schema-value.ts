import { lookUp } from '../../record.ts';
/** The smallest value that a JSON Schema of the common kind accepts. */
export function createSchemaValue(schema: unknown): unknown {
  return build(schema, schema, 0);
}

interface Node {
  readonly [keyword: string]: unknown;
}

/** A schema that needs more nesting than this is recursive without an end. */
const deepest = 32;

function build(schema: unknown, root: unknown, depth: number): unknown {
  if (typeof schema !== 'object' || schema === null || depth > deepest) return null;
  const node = schema as Node;
  if ('const' in node) return node.const;
  if ('default' in node) return node.default;
  for (const keyword of ['enum', 'examples']) {
    const listed = node[keyword];
    if (Array.isArray(listed) && listed.length > 0) return listed[0];
  }
  if (typeof node.$ref === 'string') return build(resolve(root, node.$ref), root, depth + 1);
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = node[keyword];
    if (Array.isArray(branches))
      return build({ ...node, [keyword]: undefined, ...branches[0] }, root, depth + 1);
  }
  if (Array.isArray(node.allOf)) return build(Object.assign({}, ...node.allOf), root, depth + 1);
  switch (createValue(node)) {
    case 'object':
      return createObject(node, root, depth);
    case 'array': {
      const length = numberOr(node.minItems, 0);
      return Array.from({ length }, () => build(node.items ?? {}, root, depth + 1));
    }
    case 'string':
      return createString(node);
    case 'integer':
    case 'number':
      return createNumber(node);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function createValue(node: Node): unknown {
  if (Array.isArray(node.type)) return node.type[0];
  if (node.type !== undefined) return node.type;
  if (node.properties !== undefined || node.required !== undefined) return 'object';
  return node.items === undefined ? undefined : 'array';
}

function createObject(node: Node, root: unknown, depth: number): Record<string, unknown> {
  const properties = (node.properties ?? {}) as Record<string, unknown>;
  const required = Array.isArray(node.required) ? node.required.map(String) : [];
  return Object.fromEntries(
    required.map((key) => [key, build(lookUp(properties, key) ?? {}, root, depth + 1)]),
  );
}

const byFormat: Record<string, string> = {
  date: '2025-01-31',
  'date-time': '2025-01-31T12:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  time: '12:00:00Z',
};

function createString(node: Node): string {
  const formatted = lookUp(byFormat, String(node.format));
  if (formatted !== undefined) return formatted;
  return 'x'.repeat(Math.max(1, numberOr(node.minLength, 1)));
}

function createNumber(node: Node): number {
  const step = node.type === 'integer' ? 1 : 0.5;
  if (typeof node.multipleOf === 'number') {
    return Math.ceil(numberOr(node.minimum, 0) / node.multipleOf) * node.multipleOf;
  }
  if (typeof node.exclusiveMinimum === 'number') return node.exclusiveMinimum + step;
  if (typeof node.minimum === 'number') return node.minimum;
  if (typeof node.exclusiveMaximum === 'number') return Math.min(0, node.exclusiveMaximum - step);
  return Math.min(0, numberOr(node.maximum, 0));
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function resolve(root: unknown, pointer: string): unknown {
  return pointer
    .replace(/^#\/?/, '')
    .split('/')
    .filter((step) => step !== '')
    .reduce<unknown>((node, step) => (node as Node | undefined)?.[decodeURIComponent(step)], root);
}
