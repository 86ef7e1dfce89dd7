import { type Fields, fromJsonText, toFields, toList, toText, toWord } from './values.ts';

/**
 * The response that the events of a stream come to, where a log keeps these: as a list, or as the text
 * of the stream. Any other value, JSON text read, as it is.
 */
export function assemble(value: unknown): unknown {
  const known = fromJsonText(value);
  const events = typeof known === 'string' ? eventsIn(known) : toList(known);
  const chunks = (events ?? []).map(toFields).filter((each) => each !== undefined);
  if (chunks.length === 0) return known;
  if (chunks.some(({ choices }) => toFields(toList(choices)?.[0])?.delta !== undefined)) {
    return fromChatChunks(chunks);
  }
  const types = new Set(chunks.map(({ type }) => type));
  if (types.has('message_start') || types.has('content_block_delta')) {
    return fromAnthropicEvents(chunks);
  }
  return chunks.find(({ type }) => type === 'response.completed')?.response ?? known;
}

/** The events in the text of a stream of server-sent events. */
function eventsIn(text: string): readonly unknown[] | undefined {
  if (!/^\s*(?:event|data):/.test(text)) return undefined;
  const lines = text.split('\n').filter((line) => line.startsWith('data:'));
  return lines.map((line) => fromJsonText(line.slice('data:'.length).trim()));
}

interface Call {
  id: unknown;
  name: unknown;
  text: string;
}

function fromChatChunks(chunks: readonly Fields[]): Fields {
  let content = '';
  const calls = new Map<unknown, Call>();
  for (const chunk of chunks) {
    const delta = toFields(toFields(toList(chunk.choices)?.[0])?.delta);
    content += toText(delta?.content) ?? '';
    for (const each of toList(delta?.tool_calls) ?? []) {
      const part = toFields(each) ?? {};
      const named = toFields(part.function);
      const key = part.index ?? part.id ?? 0;
      const call = calls.get(key) ?? { id: part.id, name: named?.name, text: '' };
      call.text += toText(named?.arguments) ?? '';
      calls.set(key, call);
    }
  }
  const tool_calls = [...calls.values()].map(({ id, name, text }) => ({
    id,
    type: 'function',
    function: { name, arguments: text },
  }));
  const message = { role: 'assistant', content, ...(tool_calls.length > 0 && { tool_calls }) };
  const usage = chunks.findLast((chunk) => chunk.usage != null)?.usage;
  return { model: chunks[0]?.model, choices: [{ message }], usage };
}

function fromAnthropicEvents(events: readonly Fields[]): Fields {
  const start = toFields(events.find(({ type }) => type === 'message_start')?.message);
  const blocks = new Map<unknown, Record<string, unknown>>();
  let usage = { ...toFields(start?.usage) };
  for (const event of events) {
    if (event.type === 'content_block_start') {
      blocks.set(event.index, { ...toFields(event.content_block), json: '' });
    } else if (event.type === 'content_block_delta') {
      const delta = toFields(event.delta);
      const block = blocks.get(event.index) ?? { type: 'text', text: '', json: '' };
      if (delta?.type === 'text_delta') block.text = `${toWord(block.text)}${toWord(delta.text)}`;
      if (delta?.type === 'input_json_delta')
        block.json = `${toWord(block.json)}${toWord(delta.partial_json)}`;
      blocks.set(event.index, block);
    } else if (event.type === 'message_delta') usage = { ...usage, ...toFields(event.usage) };
  }
  const content = [...blocks.values()].map(({ json, ...block }) =>
    block.type === 'tool_use' && json !== '' ? { ...block, input: fromJsonText(json) } : block,
  );
  return { type: 'message', role: 'assistant', model: start?.model, content, usage };
}
