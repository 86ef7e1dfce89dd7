import {
  createTurn,
  imagePart,
  type Turn,
  textPart,
  toChatMessages,
  toConversation,
  toDataUrl,
  toTool,
  toToolCall,
  toToolResult,
  untranslated,
} from './turn.ts';
import { type Fields, known, toFields, toList, toText, toWord } from './values.ts';

/** Parts that a chat message does not have. */
const BLOCKS = new Set(['tool_use', 'tool_result', 'image', 'document', 'thinking']);

/** Whether a body is one of Anthropic's Messages API rather than of chat completions. */
export function isAnthropicBody(body: Fields): boolean {
  if (body.system != null || body.stop_sequences != null || body.anthropic_version != null) {
    return true;
  }
  const tools = toList(body.tools) ?? [];
  if (tools.some((tool) => toFields(tool)?.input_schema !== undefined)) return true;
  return (toList(body.messages) ?? []).some((message) => {
    const content = toFields(message)?.content;
    return (
      Array.isArray(content) && content.some((part) => BLOCKS.has(toFields(part)?.type as string))
    );
  });
}

/**
 * A body of the Messages API as a chat body; a text says what a chat cannot carry. What the model
 * thought is not said again. A budget for thinking becomes the effort that stands for it.
 */
export function fromAnthropicBody(body: Fields): Fields | string | undefined {
  const turns = (toList(body.messages) ?? []).map((each) => {
    const message = toFields(each);
    return message && readAnthropicTurn(message);
  });
  const messages = toConversation(toSystem(body.system), turns);
  if (typeof messages !== 'object') return messages;
  const tools = toTools(body.tools);
  if (typeof tools === 'string') return tools;
  if (toList(body.mcp_servers)?.length) return "uses the provider's own tool mcp";
  const choice = toFields(body.tool_choice);
  const format = toFields(toFields(body.output_config)?.format ?? body.output_format);
  return {
    ...untranslated(body, TRANSLATED),
    messages,
    ...known({
      tools,
      tool_choice: choice && toChoice(choice),
      parallel_tool_calls: choice?.disable_parallel_tool_use === true ? false : undefined,
      stop: toList(body.stop_sequences)?.length ? body.stop_sequences : undefined,
      reasoning_effort: toFields(body.output_config)?.effort ?? toEffort(toFields(body.thinking)),
      response_format:
        format?.schema === undefined
          ? undefined
          : { type: 'json_schema', json_schema: { name: 'answer', schema: format.schema } },
    }),
  };
}

const TRANSLATED = [
  'messages',
  'system',
  'tools',
  'tool_choice',
  'stop_sequences',
  'thinking',
  'output_config',
  'output_format',
  'anthropic_version',
  'anthropic_beta',
  'betas',
  'service_tier',
  'container',
  'context_management',
  'mcp_servers',
];

function toSystem(system: unknown): unknown {
  const blocks = toList(system);
  if (!blocks) return toText(system);
  const [message] = toChatMessages(readAnthropicTurn({ role: 'system', content: blocks }));
  return message?.content;
}

/** A message of the Messages API, a request's or the answer itself. */
export function readAnthropicTurn({ role, content }: Fields): Turn {
  const turn = createTurn(role ?? 'assistant');
  const blocks = Array.isArray(content) ? content : [{ type: 'text', text: content }];
  for (const each of blocks) addBlock(turn, toFields(each) ?? { type: 'text', text: each });
  return turn;
}

function addBlock(turn: Turn, block: Fields): void {
  const { type } = block;
  if (type === 'text') {
    const control = block.cache_control != null && { cache_control: block.cache_control };
    turn.said.push({ ...textPart(block.text), ...control });
  } else if (type === 'tool_use') {
    turn.calls.push(toToolCall({ id: block.id, name: block.name, given: block.input }));
  } else if (type === 'tool_result') {
    turn.results.push({ ...toToolResult(block.tool_use_id, ''), content: toResult(block.content) });
  } else if (type === 'image' || type === 'document') {
    const part = toMedia(block);
    if (part) turn.said.push(part);
    else turn.fault = `holds a ${type} that a chat message cannot carry`;
  } else if (type === 'image_url') turn.said.push(block);
  else if (type !== 'thinking' && type !== 'redacted_thinking') {
    turn.fault = `holds a part of the kind ${toWord(type)}`;
  }
}

/** Text alone as one text; parts where there are images among them. */
function toResult(content: unknown): unknown {
  if (!Array.isArray(content)) return content ?? '';
  const { said } = readAnthropicTurn({ role: 'tool', content });
  return said.every(({ type }) => type === 'text') ? said.map(({ text }) => text).join('') : said;
}

function toMedia(block: Fields): Fields | undefined {
  const source = toFields(block.source);
  if (block.type === 'document' && source?.type === 'text') return textPart(source.data);
  const url =
    source?.type === 'base64' ? toDataUrl(source.media_type, source.data) : toText(source?.url);
  if (url === undefined) return undefined;
  if (block.type === 'image') return imagePart(url);
  return source?.type === 'base64'
    ? { type: 'file', file: { filename: toText(block.title) ?? 'document.pdf', file_data: url } }
    : undefined;
}

function toTools(value: unknown): readonly Fields[] | string | undefined {
  const tools: Fields[] = [];
  for (const each of toList(value) ?? []) {
    const tool = toFields(each) ?? {};
    // A body that went through a gateway may have the tools of chat completions.
    if (tool.function !== undefined) tools.push(tool);
    else if (tool.type !== undefined && tool.type !== 'custom') {
      return `uses the provider's own tool ${toWord(tool.type)}`;
    } else {
      const { name, description, input_schema: parameters } = tool;
      tools.push(toTool({ name, ...known({ description, parameters }) }));
    }
  }
  return tools.length > 0 ? tools : undefined;
}

const CHOICES: Readonly<Record<string, string>> = { auto: 'auto', any: 'required', none: 'none' };

const toChoice = ({ type, name }: Fields): unknown =>
  type === 'tool' ? toTool({ name }) : CHOICES[toWord(type)];

/** The least budgets, in tokens, that stand for an effort: what arb itself asks these models with. */
function toEffort(thinking: Fields | undefined): string | undefined {
  const budget = thinking?.type === 'enabled' ? thinking.budget_tokens : undefined;
  if (typeof budget !== 'number') return undefined;
  if (budget >= 16_384) return 'high';
  return budget >= 4_096 ? 'medium' : 'low';
}
