import { Readable } from 'node:stream';
import type { Source } from '../../table/source.ts';
import { type ImportEvent, type ImportOptions, importLogs } from './import-logs.ts';

/** A log of these records in JSON Lines. */
export function logOf(records: readonly unknown[], name = 'log.jsonl'): Source {
  const text = records.map((each) => JSON.stringify(each)).join('\n');
  return { name, open: () => Readable.from([Buffer.from(text)], { objectMode: false }) };
}

/** What these logs come to, by kind. */
export async function importOf(sources: readonly Source[], options: ImportOptions = {}) {
  const events: ImportEvent[] = [];
  for await (const event of importLogs(sources, options)) events.push(event);
  return {
    formats: events.flatMap((each) => (each.kind === 'file' ? [each.format] : [])),
    requests: events.flatMap((each) => (each.kind === 'request' ? [each.line] : [])),
    outcomes: events.flatMap((each) => (each.kind === 'outcome' ? [each.row] : [])),
    dropped: events.flatMap((each) => (each.kind === 'dropped' ? [each.reason] : [])),
  };
}

/** What was asked in most tests. */
export const messages = [
  { role: 'system', content: 'Be short.' },
  { role: 'user', content: 'Where is the order 12?' },
];
export const tools = [
  { type: 'function', function: { name: 'find', parameters: { type: 'object', properties: {} } } },
];
/** A tool that was called and gave back something, as chat messages. */
export const toolChat = [
  { role: 'user', content: 'Where is it?' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'find', arguments: '{"id":1}' } }],
  },
  { role: 'tool', tool_call_id: 'c1', content: 'Bonn' },
];
/** A response as chat completions give it. */
export const completion = {
  id: 'chatcmpl-1',
  model: 'gpt-4o-2024-08-06',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'In Bonn.' }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 20, completion_tokens: 4, total_tokens: 24 },
};
