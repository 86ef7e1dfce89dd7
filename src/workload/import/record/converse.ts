import {
  createTurn,
  imagePart,
  type Turn,
  textPart,
  toConversation,
  toDataUrl,
  toTool,
  toToolCall,
  toToolResult,
} from './turn.ts';
import { type Fields, known, toFields, toList, toWord } from './values.ts';

/** Whether a body is one of Bedrock's Converse: parts are told by their only key, not by a `type`. */
export function isConverseBody(body: Fields): boolean {
  if (body.inferenceConfig !== undefined || body.toolConfig !== undefined) return true;
  return (toList(body.messages) ?? []).some((message) => {
    const content = toFields(message)?.content;
    return Array.isArray(content) && content.some(isConversePart);
  });
}

export function isConversePart(value: unknown): boolean {
  const part = toFields(value);
  return part !== undefined && part.type === undefined && KINDS.some((kind) => part[kind] != null);
}

const KINDS = ['text', 'toolUse', 'toolResult', 'image', 'document', 'reasoningContent'];

/** A body of Converse as a chat body; a text says what a chat cannot carry. */
export function fromConverseBody(body: Fields): Fields | string | undefined {
  const system = toList(body.system)?.map((part) => toFields(part)?.text ?? '');
  const turns = (toList(body.messages) ?? []).map((each) => {
    const message = toFields(each);
    return message && readConverseTurn(message);
  });
  const instruction = system?.length ? system.filter(Boolean).join('\n') : undefined;
  const messages = toConversation(instruction, turns);
  if (typeof messages !== 'object') return messages;
  const config = toFields(body.inferenceConfig);
  const tools = (toList(toFields(body.toolConfig)?.tools) ?? []).flatMap((each) => {
    const spec = toFields(toFields(each)?.toolSpec);
    if (!spec) return [];
    const parameters = toFields(spec.inputSchema)?.json ?? spec.inputSchema;
    return [toTool({ name: spec.name, ...known({ description: spec.description, parameters }) })];
  });
  const stop = toList(config?.stopSequences ?? config?.stop_sequences);
  return {
    ...toFields(body.additionalModelRequestFields),
    messages,
    ...known({
      tools: tools.length > 0 ? tools : undefined,
      tool_choice: toChoice(toFields(toFields(body.toolConfig)?.toolChoice)),
      max_tokens: config?.maxTokens ?? config?.max_new_tokens,
      temperature: config?.temperature,
      top_p: config?.topP,
      stop: stop?.length ? stop : undefined,
    }),
  };
}

function toChoice(choice: Fields | undefined): unknown {
  if (choice?.tool !== undefined) return toTool({ name: toFields(choice.tool)?.name });
  if (choice?.any !== undefined) return 'required';
  return choice?.auto === undefined ? undefined : 'auto';
}

/** A message of Converse, a request's or the answer's. */
export function readConverseTurn({ role, content }: Fields): Turn {
  const turn = createTurn(role ?? 'assistant');
  for (const each of toList(content) ?? [{ text: content }]) addPart(turn, toFields(each) ?? {});
  return turn;
}

function addPart(turn: Turn, part: Fields): void {
  const call = toFields(part.toolUse);
  const result = toFields(part.toolResult);
  const image = toFields(part.image);
  if (part.text !== undefined) turn.said.push(textPart(part.text));
  else if (call) {
    turn.calls.push(toToolCall({ id: call.toolUseId, name: call.name, given: call.input }));
  } else if (result) {
    const given = (toList(result.content) ?? []).map(toFields);
    const text = given.map((each) => each?.text ?? JSON.stringify(each?.json ?? '')).join('');
    turn.results.push(toToolResult(result.toolUseId, text));
  } else if (image && toFields(image.source)?.bytes !== undefined) {
    const url = toDataUrl(`image/${toWord(image.format)}`, toFields(image.source)?.bytes);
    turn.said.push(imagePart(url));
  } else if (part.reasoningContent === undefined && part.cachePoint === undefined) {
    turn.fault = `holds a part of the kind ${Object.keys(part)[0]}`;
  }
}
