import { toToolCall } from './turn.ts';
import { type Fields, known, toFields, toList, toText, toWord } from './values.ts';

/** LangChain's kinds of messages and their roles, as kinds, as classes and in pairs. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ['human', 'user'],
  ['ai', 'assistant'],
  ['system', 'system'],
  ['tool', 'tool'],
  ['function', 'tool'],
  ['developer', 'developer'],
  ['user', 'user'],
  ['assistant', 'assistant'],
]);

/**
 * A message as LangChain writes it: `{type: 'human', content}`, the same within `data`, a serialised
 * `HumanMessage` or a pair of role and text. Undefined where it is none of them.
 */
export function fromLangChain(value: unknown): Fields | undefined {
  if (Array.isArray(value)) {
    const [kind, content] = value;
    const role = ROLES.get(toWord(kind));
    return value.length === 2 && role !== undefined && typeof content === 'string'
      ? { role, content }
      : undefined;
  }
  const message = toFields(value);
  if (!message) return undefined;
  const inside = toFields(message.kwargs) ?? toFields(message.data) ?? message;
  const named = toText(toList(message.id)?.at(-1)) ?? toText(message.type) ?? '';
  const role = ROLES.get(named.replace(/Message(?:Chunk)?$/, '').toLowerCase());
  return role === undefined || inside.content === undefined ? undefined : toMessage(role, inside);
}

function toMessage(role: string, message: Fields): Fields {
  const calls = toCalls(message);
  const result = role === 'tool' && { tool_call_id: toText(message.tool_call_id) ?? '' };
  const parts = toList(message.content)?.map(toFields);
  // Calls stand among the parts a second time, in the words of the provider.
  const said = parts?.filter(
    (part) => !/^(?:tool_use|thinking|reasoning)/.test(toWord(part?.type)),
  );
  const text = said?.every((part) => part?.type === 'text' || part === undefined);
  const joined = text ? said?.map((part) => toText(part?.text) ?? '').join('') : undefined;
  const content = joined ?? said ?? message.content;
  return {
    role,
    content: content === '' && calls.length > 0 ? null : content,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...result,
    ...known({ name: toText(message.name) }),
  };
}

function toCalls(message: Fields): readonly Fields[] {
  const own = (toList(message.tool_calls) ?? []).map((each) => toFields(each) ?? {});
  if (own.length > 0) {
    return own.map((call) =>
      call.function === undefined
        ? toToolCall({ id: call.id, name: call.name, given: call.args })
        : call,
    );
  }
  const given = toList(toFields(message.additional_kwargs)?.tool_calls) ?? [];
  return given.map((each) => toFields(each) ?? {});
}

/** The message of an `LLMResult`, with what it counts. */
export function fromGenerations(result: Fields): Fields | undefined {
  const first = toList(result.generations)?.[0];
  const generation = toFields(toList(first)?.[0] ?? first);
  if (!generation) return undefined;
  return fromLangChain(generation.message) ?? { role: 'assistant', content: generation.text };
}

/** The tokens and the model of an `LLMResult`. */
export function generationFacts(result: Fields): Fields {
  const first = toList(result.generations)?.[0];
  const generation = toFields(toList(first)?.[0] ?? first);
  const message = toFields(generation?.message);
  const inside = toFields(message?.kwargs) ?? toFields(message?.data) ?? message;
  const counted = toFields(inside?.usage_metadata);
  const told = toFields(inside?.response_metadata) ?? toFields(result.llm_output);
  return {
    usage: counted ?? toFields(told?.token_usage) ?? toFields(told?.usage),
    model: told?.model_name ?? told?.model,
  };
}

/** What a prompt of several roles is written as where messages are not kept: `Human: ...` lines. */
export const isFlattened = (prompt: string): boolean => /^(?:System|Human): /.test(prompt);
