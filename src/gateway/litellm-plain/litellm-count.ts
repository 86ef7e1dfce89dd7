import type { TokenCounter } from '../kit/gateway.ts';

/** A chat body as LiteLLM's `token_counter` reads it. */
interface Counted {
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly tools?: readonly unknown[] | null;
  readonly tool_choice?: unknown;
}

/** How many tokens of cl100k_base a text has; special tokens are plain text. */
export type Encoder = (text: string) => number;

/** Constants of LiteLLM 1.102.4: per message, for the reply, for tools, with a system message. */
const PER_MESSAGE = 3;
const REPLY = 3;
const TOOLS = 9;
const SYSTEM_WITH_TOOLS = -4;
const IMAGE = 85;
/** It encodes pieces of this many characters by themselves. */
const PIECE_CHARS = 1_024;

/**
 * The input tokens that LiteLLM's pre-call check counts for a request, or nothing where it cannot
 * count (then it filters no group out) or would have to load an image (`detail: high`).
 */
export function litellmTokens(body: Counted, encode: Encoder): number | undefined {
  const count = (text: string) => pieces(text).reduce((sum, piece) => sum + encode(piece), 0);
  let total = REPLY;
  for (const message of body.messages) {
    const counted = messageTokens(message, count);
    if (counted === undefined) return undefined;
    total += PER_MESSAGE + counted;
  }
  if (body.tools?.length) {
    total += TOOLS + count(definitions(body.tools));
    if (body.messages.some((message) => message.role === 'system')) total += SYSTEM_WITH_TOOLS;
  }
  return total;
}

/** Pieces are counted in characters, not in UTF-16 units. */
function pieces(text: string): string[] {
  if (text.length <= PIECE_CHARS) return text === '' ? [] : [text];
  const chars = [...text];
  return Array.from({ length: Math.ceil(chars.length / PIECE_CHARS) }, (_, at) =>
    chars.slice(at * PIECE_CHARS, (at + 1) * PIECE_CHARS).join(''),
  );
}

function messageTokens(message: object, count: Encoder): number | undefined {
  let total = 0;
  for (const [key, value] of Object.entries(message)) {
    if (typeof value === 'string') total += count(value) + (key === 'name' ? 1 : 0);
    else if (key === 'tool_calls' && Array.isArray(value)) {
      for (const call of value) total += count(String(call?.function?.arguments ?? ''));
    } else if (key === 'content' && Array.isArray(value)) {
      const counted = value.map((part) => partTokens(part, count));
      if (counted.includes(undefined)) return undefined;
      total += counted.reduce<number>((sum, n) => sum + (n ?? 0), 0);
    }
  }
  return total;
}

interface Part {
  readonly type?: string;
  readonly text?: string;
  readonly image_url?: { readonly detail?: string } | string;
}

function partTokens(part: Part, count: Encoder): number | undefined {
  if (part.type === 'text') return count(part.text ?? '');
  if (part.type !== 'image_url') return undefined;
  const detail = typeof part.image_url === 'object' ? (part.image_url.detail ?? 'auto') : 'auto';
  return detail === 'high' ? undefined : IMAGE;
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Tools in the shape that models are said to see them in, which is what it counts. */
function definitions(tools: readonly unknown[]): string {
  const lines = tools.flatMap((tool) => {
    const { function: f } = tool as {
      function?: { name?: string; description?: string; parameters?: Schema };
    };
    if (!f?.name) return [];
    const comment = f.description ? [`// ${f.description}`] : [];
    const parameters = f.parameters ?? {};
    if (Object.keys(parameters.properties ?? {}).length === 0) {
      return [...comment, `type ${f.name} = () => any;`, ''];
    }
    return [...comment, `type ${f.name} = (_: {`, members(parameters, 0), '}) => any;', ''];
  });
  return ['namespace functions {', '', ...lines, '} // namespace functions'].join('\n');
}

function members({ properties = {}, required = [] }: Schema, indent: number): string {
  const lines = Object.entries(properties).flatMap(([key, schema]) => [
    ...(schema.description ? [`// ${schema.description}`] : []),
    `${key}${required.includes(key) ? '' : '?'}: ${typeText(schema, indent)},`,
  ]);
  return lines.map((line) => ' '.repeat(indent) + line).join('\n');
}

function typeText(schema: Schema, indent: number): string {
  const choices = schema.enum?.map((item) => `"${item}"`).join(' | ');
  switch (schema.type) {
    case 'string':
      return choices ?? 'string';
    case 'integer':
    case 'number':
      return choices ?? 'number';
    case 'array':
      return `${typeText(schema.items ?? {}, indent)}[]`;
    case 'object':
      return `{\n${members(schema, indent + 2)}\n}`;
    case 'boolean':
    case 'null':
      return schema.type;
    default:
      return 'any';
  }
}

/** LiteLLM's count decides where a token bound is one of its own. */
export const litellmCounter: TokenCounter = {
  name: 'litellm',
  count: (body, encode) => litellmTokens(body as Counted, encode),
};
