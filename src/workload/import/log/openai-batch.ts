import type { Imported, ImportedLine, LogFormat, LogReader } from '../record/format.ts';
import { toImportedRecord } from '../record/openai-answer.ts';
import { toChatBody, toDropped } from '../record/openai-body.ts';
import { type Fields, known, toAmount, toFields, toText } from '../record/values.ts';

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
  createReader: () =>
    new BatchReader((row) => ({
      id: toText(row.custom_id) ?? '',
      url: toText(row.url),
      body: row.body,
      response: toFields(row.response)?.body,
      failed: row.error != null || (toAmount(toFields(row.response)?.status_code) ?? 200) >= 400,
    })),
};

/** Anthropic's message batches: requests (`custom_id`, `params`) and results (`custom_id`, `result`). */
export const anthropicBatch: LogFormat = {
  title: 'an Anthropic message batch',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row || toText(row.custom_id) === undefined) return 0;
    return toFields(row.params) || toFields(row.result)?.type !== undefined ? 1 : 0;
  },
  createReader: () =>
    new BatchReader((row) => ({
      id: toText(row.custom_id) ?? '',
      url: undefined,
      body: row.params,
      response: toFields(row.result)?.message,
      failed: row.result !== undefined && toFields(row.result)?.type !== 'succeeded',
    })),
};

/** Gemini's batches: requests (`key`, `request`) and results (`key`, `response`). */
export const geminiBatch: LogFormat = {
  title: 'a Gemini batch',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    // Vertex writes the request into each result, with a status that is empty where it succeeded.
    if (!row || (toText(row.key) === undefined && row.status === undefined)) return 0;
    const answered = toFields(row.response)?.candidates !== undefined;
    return answered || toFields(row.request)?.contents !== undefined ? 1 : 0;
  },
  createReader: () =>
    new BatchReader((row) => ({
      id: toText(row.key) ?? JSON.stringify(row.request ?? ''),
      url: undefined,
      body: row.request,
      response: row.response,
      failed:
        row.error != null ||
        (toText(row.status) !== undefined && toFields(row.response)?.candidates === undefined),
    })),
};

/** A line of a batch: a request, its result, or both. */
interface BatchLine {
  readonly id: string;
  readonly url: string | undefined;
  readonly body: unknown;
  readonly response: unknown;
  readonly failed: boolean;
}

class BatchReader implements LogReader {
  readonly #parse: (row: Fields) => BatchLine;
  readonly #inputs = new Map<string, ImportedLine>();
  readonly #outputs = new Map<string, BatchLine>();

  constructor(parse: (row: Fields) => BatchLine) {
    this.#parse = parse;
  }

  *read(value: unknown): Iterable<Imported> {
    const line = this.#parse(toFields(value) ?? {});
    if (line.response !== undefined || line.failed || line.body === undefined) {
      if (this.#outputs.has(line.id)) yield { state: 'dropped', reason: 'duplicate' };
      this.#outputs.set(line.id, line);
    }
    if (line.body !== undefined) yield* this.#input(line);
  }

  *#input({ id, url, body: asked }: BatchLine): Iterable<Imported> {
    if (this.#inputs.has(id)) return yield { state: 'dropped', reason: 'duplicate' };
    if (url !== undefined && !/\/(?:chat\/completions|responses|messages)$/.test(url)) {
      return yield { state: 'dropped', reason: 'other endpoint', why: url };
    }
    const body = toChatBody(asked);
    if (body.state !== 'chat') return yield toDropped(body);
    const recorded = known({ target: body.model });
    const named = id.startsWith('{') ? {} : { id };
    this.#inputs.set(id, { ...named, request: body.request, ...(recorded && { recorded }) });
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

function joined(line: ImportedLine, output: BatchLine): Imported {
  if (output.failed) return { state: 'dropped', reason: 'failure' };
  const recorded = { ...line.recorded, ...toImportedRecord(output.response) };
  return { state: 'request', line: { ...line, recorded } };
}
