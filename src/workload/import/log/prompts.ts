import type { Imported, ImportedLine, LogFormat } from '../record/format.ts';
import { toMessages } from '../record/openai-body.ts';
import {
  type Fields,
  known,
  toAmount,
  toFields,
  toInstant,
  toMetadata,
  toText,
} from '../record/values.ts';

const PROMPT = ['prompt', 'question', 'input', 'query', 'text', 'instruction', 'user'];
const ANSWER = ['answer', 'response', 'output', 'completion', 'expected_output'];
const KNOWN = new Set([
  ...PROMPT,
  ...ANSWER,
  'system',
  'id',
  'task',
  'session',
  'model',
  'messages',
]);
const COUNTED = ['cost_usd', 'latency_ms', 'ttft_ms', 'input_tokens', 'output_tokens'] as const;

/**
 * A table of prompts (CSV, a JSON array of texts or objects): the column `prompt`, `question`,
 * `input`, `query`, `text` or `instruction`, with `system`, `id`, `task`, `session`, `model`, `answer`
 * and the figures of a recording where they are there. Other columns become metadata.
 */
export const promptTable: LogFormat = {
  title: 'a table of prompts',
  makes: 'workload',
  recognise(value) {
    if (typeof value === 'string' && value.trim() !== '') return 0.3;
    const row = toFields(value);
    if (!row) return 0;
    return column(row, PROMPT) !== undefined || toMessages(row.messages) ? 0.3 : 0;
  },
  createReader: () => ({ read: (value) => [readPrompt(value)] }),
};

function readPrompt(value: unknown): Imported {
  const row: Fields = typeof value === 'string' ? { prompt: value } : (toFields(value) ?? {});
  const prompt = column(row, PROMPT);
  const messages = toMessages(row.messages);
  if (prompt === undefined && !messages) return { state: 'dropped', reason: 'no prompt' };
  const system = toText(row.system);
  const asked = messages ?? [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: prompt },
  ];
  const counted = Object.fromEntries(COUNTED.map((name) => [name, toAmount(row[name])]));
  const recorded = known({ target: toText(row.model), answer: column(row, ANSWER), ...counted });
  const counts = new Set<string>(COUNTED);
  const rest = Object.entries(row).filter(([key]) => !KNOWN.has(key) && !counts.has(key));
  const metadata = toMetadata(Object.fromEntries(rest));
  const at = toInstant(row.timestamp ?? row.created_at);
  const line: ImportedLine = {
    ...known({ id: toText(row.id), task: toText(row.task), session: toText(row.session) }),
    ...(at !== undefined && { at_ms: at }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    request: { messages: asked },
    ...(recorded && { recorded }),
  };
  return { state: 'request', line };
}

function column(row: Fields, names: readonly string[]): string | undefined {
  const name = names.find((each) => toText(row[each]) !== undefined);
  return name === undefined ? undefined : toText(row[name]);
}
