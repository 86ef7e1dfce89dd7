import type { Imported, LogFormat } from '../record/format.ts';
import { type Fields, toFields, toList, toText, toWord } from '../record/values.ts';

/** ShareGPT's names of the roles; what has another name cannot be asked again. */
const roles: ReadonlyMap<string, string> = new Map([
  ['system', 'system'],
  ['human', 'user'],
  ['user', 'user'],
  ['gpt', 'assistant'],
  ['assistant', 'assistant'],
  ['chatgpt', 'assistant'],
]);

/** Conversations as ShareGPT and the data sets after it have them; the last answer is what was recorded. */
export const sharegpt: LogFormat = {
  title: 'ShareGPT conversations',
  makes: 'workload',
  recognise(value) {
    const turns = toList(toFields(value)?.conversations);
    const first = toFields(turns?.[0]);
    return first?.from !== undefined && first.value !== undefined ? 1 : 0;
  },
  createReader: () => ({ read: (value) => [readConversation(toFields(value) ?? {})] }),
};

function readConversation(row: Fields): Imported {
  const turns = (toList(row.conversations) ?? []).map(toFields);
  const messages = turns.map((turn) => ({
    role: roles.get(toText(turn?.from) ?? ''),
    content: turn?.value,
  }));
  const other = messages.findIndex(({ role }) => role === undefined);
  if (other >= 0) {
    return {
      state: 'dropped',
      reason: 'other endpoint',
      why: `a turn from ${toWord(turns[other]?.from)}`,
    };
  }
  const last = messages.at(-1);
  const answer = last?.role === 'assistant' ? toText(last.content) : undefined;
  const asked = last?.role === 'assistant' ? messages.slice(0, -1) : messages;
  if (!asked.some(({ role }) => role === 'user')) return { state: 'dropped', reason: 'no prompt' };
  const id = toText(row.id);
  return {
    state: 'request',
    line: {
      ...(id !== undefined && { id }),
      request: { messages: asked },
      ...(answer !== undefined && { recorded: { answer } }),
    },
  };
}
