import type { Imported, ImportedLine, LogFormat, LogReader } from '../record/format.ts';
import { toRecord } from '../record/openai-answer.ts';
import { toChatBody, toDropped } from '../record/openai-body.ts';
import { type Fields, known, toFields, toText } from '../record/values.ts';

/**
 * OpenAI's Batch files: input lines (`custom_id`, `url`, `body`) and output lines (`custom_id`,
 * `response.body`), together or alone; an output without its input holds no prompt. The field order
 * of files does not matter: what comes first waits for the other.
 */
export const openaiBatch: LogFormat = {
  title: 'an OpenAI Batch file',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row || toText(row.custom_id) === undefined) return 0;
    return row.body !== undefined || row.response !== undefined || row.error !== undefined ? 1 : 0;
  },
  createReader: () => new BatchReader(),
};

class BatchReader implements LogReader {
  readonly #inputs = new Map<string, ImportedLine>();
  readonly #outputs = new Map<string, Fields>();

  *read(value: unknown): Iterable<Imported> {
    const row = toFields(value) ?? {};
    const id = toText(row.custom_id) ?? '';
    if (row.body === undefined) return yield* this.#output(id, row);
    if (this.#inputs.has(id)) return yield { state: 'dropped', reason: 'duplicate' };
    const url = toText(row.url);
    if (url !== undefined && !/\/(?:chat\/completions|responses)$/.test(url)) {
      return yield { state: 'dropped', reason: 'other endpoint', why: url };
    }
    const body = toChatBody(row.body);
    if (body.state !== 'chat') return yield toDropped(body);
    const recorded = known({ target: body.model });
    this.#inputs.set(id, { id, request: body.request, ...(recorded && { recorded }) });
  }

  *#output(id: string, row: Fields): Iterable<Imported> {
    if (this.#outputs.has(id)) yield { state: 'dropped', reason: 'duplicate' };
    this.#outputs.set(id, row);
  }

  *end(): Iterable<Imported> {
    for (const [id, line] of this.#inputs) {
      const output = this.#outputs.get(id);
      this.#outputs.delete(id);
      yield output === undefined ? { state: 'request', line } : joined(line, output);
    }
    for (const _ of this.#outputs) {
      yield { state: 'dropped', reason: 'no prompt', why: 'a batch output without its input file' };
    }
  }
}

function joined(line: ImportedLine, output: Fields): Imported {
  const response = toFields(output.response);
  const status = response?.status_code;
  if (output.error != null || (typeof status === 'number' && status >= 400)) {
    return { state: 'dropped', reason: 'failure' };
  }
  const recorded = { ...line.recorded, ...toRecord(response?.body) };
  return { state: 'request', line: { ...line, recorded } };
}
