import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemas } from '../src/command/config/json-schemas.ts';

/** What of a JSON Schema the reference shows. */
interface Node {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** docs/arb-yaml.md: the page's text, with one table per section of the schema. */
export function configReference(): string {
  const root = jsonSchemas()['arb.v1.schema.json'] as Node;
  const intro = readFileSync(join(import.meta.dirname, 'arb-yaml.intro.md'), 'utf8').trimEnd();
  const { targets, ...sections } = root.properties ?? {};
  const ordered = { ...(targets && { targets }), ...sections };
  const parts = Object.entries(ordered).map(([name, node]) => {
    const named = node.additionalProperties;
    return typeof named === 'object' && named.properties
      ? section(`${name}.NAME`, named, node.description)
      : section(name, node, node.description);
  });
  return `${[intro, ...parts].join('\n\n')}\n`;
}

function section(name: string, node: Node, description = ''): string {
  const rows = keys(present(node), '');
  const table = ['| key | value | meaning |', '|---|---|---|', ...rows].join('\n');
  return `## ${name}\n\n${description}${rows.length > 0 ? `\n\n${table}` : ''}`;
}

/** Rows of a section, nested keys with their path. */
function keys(node: Node, path: string): string[] {
  const item = present(node.items ?? {});
  const inside = node.properties ?? item.properties ?? {};
  return Object.entries(inside).flatMap(([key, child]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const value = present(child);
    const required = (node.required ?? item.required ?? []).includes(key) ? '**needed.** ' : '';
    const meaning = child.description ?? value.description ?? '';
    const row = `| \`${at}\` | ${form(value)} | ${required}${meaning}${defaultOf(child, value)} |`;
    return [row, ...keys(value, at)];
  });
}

function defaultOf(child: Node, value: Node): string {
  const found = child.default ?? value.default;
  return found === undefined || typeof found === 'object' ? '' : ` Default: \`${String(found)}\`.`;
}

/** A value that may also be null is described as the value. */
function present(node: Node): Node {
  const options = node.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  return options.length === 1 && options[0] ? { ...options[0], ...strip(node) } : node;
}

function strip({ description, default: preset }: Node): Node {
  return {
    ...(description !== undefined && { description }),
    ...(preset !== undefined && { default: preset }),
  };
}

function form(node: Node): string {
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.anyOf) return [...new Set(node.anyOf.map(form))].join(' or ');
  if (node.type === 'array') return `list of ${form(node.items ?? {})}`;
  if (node.type === 'object' && typeof node.additionalProperties === 'object' && !node.properties) {
    return `${form(node.additionalProperties)} by name`;
  }
  const words: Record<string, string> = {
    string: 'text',
    number: 'number',
    integer: 'whole number',
    boolean: 'true or false',
    object: 'section',
  };
  const type = [node.type ?? ''].flat().find((each) => each !== 'null');
  return words[type ?? ''] ?? 'any value';
}
