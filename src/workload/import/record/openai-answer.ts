import { readAnthropicTurn } from './anthropic.ts';
import { isConversePart, readConverseTurn } from './converse.ts';
import type { ImportedRecord, RecordedCall } from './format.ts';
import { geminiUsage, readGeminiTurn } from './gemini.ts';
import { fromGenerations, fromLangChain, generationFacts } from './langchain.ts';
import { assemble } from './streamed-answer.ts';
import { toChatMessages } from './turn.ts';
import { type Fields, known, toAmount, toFields, toList, toText } from './values.ts';

/** What was answered: text, calls of tools, or both. */
export type RecordedAnswer = Pick<ImportedRecord, 'answer' | 'tool_calls'>;

/**
 * What a stored response says, its model and its tokens: of chat completions, OpenAI's responses,
 * Anthropic's messages, Gemini or Converse, whole or as the events of a stream.
 */
export function toImportedRecord(value: unknown): ImportedRecord | undefined {
  const whole = assemble(value);
  const response = toFields(whole);
  if (!response) return known(readAnswer(value));
  const facts = response.generations === undefined ? response : generationFacts(response);
  return known({
    target: toText(facts.model ?? response.modelVersion ?? response.model_version),
    ...answerIn(whole, value),
    ...countedIn({ ...response, ...facts }),
  });
}

/** Billed tokens, what came from a cache or went into one among the input. */
function countedIn(response: Fields): Pick<ImportedRecord, 'input_tokens' | 'output_tokens'> {
  const gemini = response.usageMetadata ?? response.usage_metadata;
  if (gemini !== undefined) {
    const { input, output } = geminiUsage(gemini);
    return { ...known({ input_tokens: toAmount(input), output_tokens: toAmount(output) }) };
  }
  const usage = toFields(response.usage);
  const fresh = toAmount(usage?.prompt_tokens ?? usage?.input_tokens ?? usage?.inputTokens);
  const apart = [
    'cache_read_input_tokens',
    'cache_creation_input_tokens',
    'cacheReadInputTokens',
    'cacheWriteInputTokens',
  ];
  // Only these two APIs count cached input apart; the others have it in prompt_tokens.
  const cached = usage?.prompt_tokens === undefined ? apart : [];
  return {
    ...known({
      input_tokens:
        fresh === undefined
          ? undefined
          : cached.reduce((sum, name) => sum + (toAmount(usage?.[name]) ?? 0), fresh),
      output_tokens: toAmount(
        usage?.completion_tokens ?? usage?.output_tokens ?? usage?.outputTokens,
      ),
    }),
  };
}

/** The answer in the shapes that logs keep: a response, a message, a list of these, or the text itself. */
export const readAnswer = (value: unknown): RecordedAnswer => answerIn(assemble(value), value);

/** `given` is the answer as the log writes it: its text, where it is no response of an API. */
function answerIn(whole: unknown, given: unknown): RecordedAnswer {
  const message = messageIn(whole);
  if (!message) return { ...known({ answer: toText(given) }) };
  return { ...known({ answer: textOf(message), tool_calls: callsOf(message) }) };
}

/** The message of a response, as chat completions say it; undefined where the value is no response. */
function messageIn(value: unknown): Fields | undefined {
  if (Array.isArray(value)) return lastMessage(value);
  const response = toFields(value);
  if (!response) return undefined;
  const choice = toFields(toList(response.choices)?.[0]);
  if (choice) return toFields(choice.message) ?? { content: choice.text };
  if (response.generations !== undefined) return fromGenerations(response);
  const candidate = toFields(toFields(toList(response.candidates)?.[0])?.content);
  const parts =
    candidate ?? (toFields(response.content)?.parts ? toFields(response.content) : undefined);
  if (parts) return toChatMessages(readGeminiTurn({ parts: parts.parts })).at(-1);
  const converse = toFields(toFields(response.output)?.message);
  if (converse) return toChatMessages(readConverseTurn(converse)).at(-1);
  if (Array.isArray(response.output)) return fromItems(response.output.map(toFields));
  if (Array.isArray(response.messages)) return lastMessage(response.messages);
  if (Array.isArray(response.content) && response.tool_calls === undefined) {
    return fromBlocks(response);
  }
  if (!isMessage(response)) return undefined;
  return response.role === undefined ? (fromLangChain(response) ?? response) : response;
}

/** The last of a list of messages or choices; a list of parts is one message. */
function lastMessage(list: readonly unknown[]): Fields | undefined {
  const last = toFields(list.at(-1));
  if (!last) return undefined;
  if (last.message !== undefined) return toFields(last.message);
  if (last.text !== undefined && typeof last.type === 'string')
    return fromBlocks({ content: list });
  return messageIn(last);
}

const fromBlocks = (message: Fields): Fields | undefined => {
  const isConverse = toList(message.content)?.some(isConversePart);
  const turn = isConverse ? readConverseTurn(message) : readAnthropicTurn(message);
  return toChatMessages(turn).at(-1) ?? { content: null };
};

/** Keys of a message; an answer that is JSON itself has others. */
const MESSAGE_KEYS = new Set([
  'content',
  'role',
  'tool_calls',
  'function_call',
  'refusal',
  'reasoning_content',
  'annotations',
  'audio',
  'name',
  'id',
  'type',
  'model',
  'usage',
  'finish_reason',
  'stop_reason',
]);

function isMessage(value: Fields): boolean {
  if (typeof value.role === 'string') return true;
  if (fromLangChain(value)) return true;
  if (value.error !== undefined && value.content === undefined)
    return Object.keys(value).length === 1;
  const says = value.content !== undefined || value.tool_calls !== undefined;
  return says && Object.keys(value).every((key) => MESSAGE_KEYS.has(key));
}

/** The output items of OpenAI's responses. */
function fromItems(items: readonly (Fields | undefined)[]): Fields {
  const said = items.filter((each) => each?.type === 'message');
  return {
    content: said.map((each) => partsText(each?.content) ?? '').join(''),
    tool_calls: items
      .filter((each) => each?.type === 'function_call')
      .map((each) => ({ function: { name: each?.name, arguments: each?.arguments } })),
  };
}

const textOf = ({ content }: Fields): string | undefined => toText(content) ?? partsText(content);

function partsText(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  return toText(value.map((part) => toText(toFields(part)?.text) ?? '').join(''));
}

function callsOf(message: Fields): readonly RecordedCall[] | undefined {
  const listed = (toList(message.tool_calls) ?? []).map(toFields);
  const named = listed.map((each) => toFields(each?.function) ?? each);
  const calls = [...named, toFields(message.function_call)].flatMap((call) => {
    const name = toText(call?.name);
    const given = call?.arguments ?? call?.args ?? '';
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    return name === undefined ? [] : [{ name, arguments: text }];
  });
  return calls.length > 0 ? calls : undefined;
}
