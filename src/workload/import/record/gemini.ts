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
import { type Fields, known, toFields, toList, toText, toWord } from './values.ts';

/** Google's clients write fields in either spelling: `systemInstruction`, `system_instruction`. */
function get(fields: Fields | undefined, camel: string): unknown {
  return fields?.[camel] ?? fields?.[camel.replaceAll(/[A-Z]/g, (big) => `_${big.toLowerCase()}`)];
}

/** Whether a body is one of Google's generateContent. */
export const isGeminiBody = (body: Fields): boolean => body.contents !== undefined;

/** A body of generateContent as a chat body; a text says what a chat cannot carry. */
export function fromGeminiBody(body: Fields): Fields | string | undefined {
  const config = { ...toFields(body.config), ...toFields(get(body, 'generationConfig')) };
  if (get(config, 'outputDimensionality') !== undefined || get(config, 'taskType') !== undefined) {
    return 'embeddings';
  }
  const system = get(body, 'systemInstruction') ?? get(config, 'systemInstruction');
  const instruction = toText(toFields(system) ? undefined : system) ?? partsText(toFields(system));
  const calls = new Calls();
  const contents = toList(body.contents) ?? [{ parts: [{ text: body.contents }] }];
  const turns = contents.map((each) => {
    const content = toFields(each) ?? { parts: [{ text: each }] };
    return readGeminiTurn({ ...content, role: content.role ?? 'user' }, calls);
  });
  const messages = toConversation(instruction, turns);
  if (typeof messages !== 'object') return messages;
  const tools = toTools(body.tools ?? config.tools);
  if (typeof tools === 'string') return tools;
  const thinking = toFields(get(config, 'thinkingConfig'));
  return {
    messages,
    ...known({
      tools,
      tool_choice: toChoice(get(body, 'toolConfig') ?? get(config, 'toolConfig')),
      temperature: config.temperature,
      top_p: get(config, 'topP'),
      top_k: get(config, 'topK'),
      seed: config.seed,
      max_tokens: get(config, 'maxOutputTokens'),
      stop: get(config, 'stopSequences'),
      presence_penalty: get(config, 'presencePenalty'),
      frequency_penalty: get(config, 'frequencyPenalty'),
      reasoning_effort: toText(get(thinking, 'thinkingLevel'))?.toLowerCase(),
      response_format: toFormat(config),
    }),
  };
}

/** The ids of tool calls: this API has none, a result names its function. */
class Calls {
  readonly #open: { readonly id: string; readonly name: unknown }[] = [];
  #count = 0;

  open(name: unknown, given: unknown): string {
    this.#count += 1;
    const id = toText(given) ?? `call_${this.#count}`;
    this.#open.push({ id, name });
    return id;
  }

  /** The first call of the function that has no result yet. */
  close(name: unknown, given: unknown): string {
    const at = this.#open.findIndex((each) => each.id === given || each.name === name);
    const [call] = at < 0 ? [] : this.#open.splice(at, 1);
    return toText(given) ?? call?.id ?? toWord(name);
  }
}

/** A content of generateContent, a request's or the answer's. */
export function readGeminiTurn({ role, parts }: Fields, calls = new Calls()): Turn {
  const turn = createTurn(role === undefined || role === 'model' ? 'assistant' : 'user');
  for (const each of toList(parts) ?? []) addPart(turn, toFields(each) ?? { text: each }, calls);
  return turn;
}

function addPart(turn: Turn, part: Fields, calls: Calls): void {
  const call = toFields(get(part, 'functionCall'));
  const result = toFields(get(part, 'functionResponse'));
  const media = toFields(get(part, 'inlineData') ?? get(part, 'fileData'));
  if (part.thought === true) return;
  if (call) {
    const id = calls.open(call.name, call.id);
    turn.calls.push(toToolCall({ id, name: call.name, given: call.args }));
  } else if (result) {
    const response = toFields(result.response);
    // Google's own clients wrap what is no object so.
    const keys = Object.keys(response ?? {});
    const given = keys.length === 1 && keys[0] === 'result' ? response?.result : result.response;
    turn.results.push(toToolResult(calls.close(result.name, result.id), given));
  } else if (media) {
    const type = toWord(get(media, 'mimeType') ?? '');
    const url = toText(get(media, 'fileUri')) ?? toDataUrl(type, media.data);
    if (type.startsWith('image/') && /^(?:https?|data):/.test(url)) turn.said.push(imagePart(url));
    else turn.fault = `holds a file of the kind ${type}`;
  } else if (typeof part.text === 'string') turn.said.push(textPart(part.text));
  else if (Object.keys(part).length > 0)
    turn.fault = `holds a part of the kind ${Object.keys(part)[0]}`;
}

function partsText(content: Fields | undefined): string | undefined {
  const texts = (toList(content?.parts) ?? [content]).map((part) => toText(toFields(part)?.text));
  return toText(texts.filter((text) => text !== undefined).join('\n'));
}

function toTools(value: unknown): readonly Fields[] | string | undefined {
  const tools: Fields[] = [];
  for (const each of toList(value) ?? []) {
    const declared = toList(get(toFields(each), 'functionDeclarations'));
    if (!declared) return `uses the provider's own tool ${Object.keys(toFields(each) ?? {})[0]}`;
    for (const one of declared) {
      const { name, description, parameters } = toFields(one) ?? {};
      const schema = get(toFields(one), 'parametersJsonSchema') ?? toJsonSchema(parameters);
      tools.push(toTool({ name, ...known({ description, parameters: schema }) }));
    }
  }
  return tools.length > 0 ? tools : undefined;
}

/** Google writes the types of a schema in capitals. */
function toJsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'type' && typeof value === 'string' ? value.toLowerCase() : toJsonSchema(value),
    ]),
  );
}

const CHOICES: Readonly<Record<string, string>> = { AUTO: 'auto', ANY: 'required', NONE: 'none' };

function toChoice(value: unknown): unknown {
  const config = toFields(get(toFields(value), 'functionCallingConfig'));
  const only = toList(get(config, 'allowedFunctionNames'));
  if (only?.length === 1) return toTool({ name: only[0] });
  return CHOICES[toWord(config?.mode)];
}

function toFormat(config: Fields): Fields | undefined {
  if (get(config, 'responseMimeType') !== 'application/json') return undefined;
  const schema =
    get(config, 'responseJsonSchema') ?? toJsonSchema(get(config, 'responseSchema') ?? undefined);
  if (schema === undefined) return { type: 'json_object' };
  return { type: 'json_schema', json_schema: { name: 'answer', schema } };
}

/** Input and output tokens; what it thought is billed as output. */
export function geminiUsage(value: unknown): { input: unknown; output: unknown } {
  const usage = toFields(value);
  const said = get(usage, 'candidatesTokenCount');
  const thought = get(usage, 'thoughtsTokenCount');
  const output =
    typeof said === 'number' ? said + (typeof thought === 'number' ? thought : 0) : thought;
  return { input: get(usage, 'promptTokenCount'), output };
}
