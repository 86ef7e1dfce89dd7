import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { UsageError, WorkloadError } from '../errors.ts';
import { nearest } from '../input.ts';
import { hashCanonical } from './market/canonical.ts';
import { isHeader, jsonLines, readQuestion } from './market/question.ts';
import { countInputTokens } from './market/truth.ts';
import { type AuditRow, type Bill, createBill, toEpoch } from './server/audit.ts';
import { type ChatRequest, receiveChat } from './server/chat.ts';
import { type Listening, listen, sendError, sendJson, splitPath } from './server/listen.ts';

/** Recorded answers, served again with their recorded cost. */
export interface RunningCassette extends Listening {
  readonly targets: readonly string[];
  bill(): Bill;
}

export interface CassetteOptions {
  /** JSON Lines of request_id, target, answer, cost_usd. */
  readonly answersPath: string;
  /** The workload that the request ids belong to. */
  readonly workloadPath: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly onAudit?: (row: AuditRow) => void;
}

const recordedAnswer = z.looseObject({
  request_id: z.string(),
  target: z.string(),
  answer: z.string(),
  cost_usd: z.number().min(0).nullish(),
});

interface Tape {
  /** Hash of the messages -> id of the workload line. */
  readonly ids: ReadonlyMap<string, string>;
  /** Target -> request id -> what it answered then. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<string, z.infer<typeof recordedAnswer>>>;
}

/**
 * Serves recorded answers at `url/v1`, with the target's name as the model, and at
 * `url/<target>/v1`. Requests are found by their messages; two workload lines that ask the same
 * would be one, so that is an error unless every target answered both alike.
 */
export async function startCassette(options: CassetteOptions): Promise<RunningCassette> {
  const tape = await readTape(options);
  const bill = createBill(tape.answers.keys());
  const audit = (row: AuditRow) => {
    bill.add(row);
    options.onAudit?.(row);
  };
  const asked = new Map<string, number>();
  const server = await listen(options.port, (request, response) =>
    serve({ tape, asked, audit }, request, response),
  );
  return { ...server, targets: [...tape.answers.keys()], bill: bill.read };
}

async function readTape({ answersPath, workloadPath }: CassetteOptions): Promise<Tape> {
  const answers = new Map<string, Map<string, z.infer<typeof recordedAnswer>>>();
  for await (const { value, number } of jsonLines(answersPath)) {
    if (number === 1 && isHeader(value)) continue;
    const parsed = recordedAnswer.safeParse(value);
    if (!parsed.success) {
      const fault = parsed.error.issues[0];
      const what = `${fault?.path.join('.')}: ${fault?.message}. An answer needs request_id, target, answer.`;
      throw new WorkloadError({ file: answersPath, line: number }, what);
    }
    const { target, request_id } = parsed.data;
    const byId = answers.get(target) ?? new Map();
    answers.set(target, byId.set(request_id, parsed.data));
  }
  if (answers.size === 0) throw new UsageError(`${answersPath}: holds no recorded answer.`);
  const ids = new Map<string, string>();
  for await (const { value, number } of jsonLines(workloadPath)) {
    const question = readQuestion(value, { file: workloadPath, line: number });
    if (!question) continue;
    const same = ids.get(question.hash);
    if (same !== undefined && !answeredAlike(answers, same, question.id)) {
      const what = `"${question.id}" asks the same as "${same}", and their recorded answers differ. Remove one of them.`;
      throw new WorkloadError({ file: workloadPath, line: number }, what);
    }
    if (same === undefined) ids.set(question.hash, question.id);
  }
  return { ids, answers };
}

function answeredAlike(answers: Tape['answers'], one: string, other: string): boolean {
  return [...answers.values()].every((byId) => {
    const [first, second] = [byId.get(one), byId.get(other)];
    return first?.answer === second?.answer && first?.cost_usd === second?.cost_usd;
  });
}

interface Player {
  readonly tape: Tape;
  /** Target and content -> how often asked. */
  readonly asked: Map<string, number>;
  readonly audit: (row: AuditRow) => void;
}

async function serve(player: Player, request: IncomingMessage, response: ServerResponse) {
  const receivedAt = performance.now();
  const { prefix, resource } = splitPath(request.url);
  const models = () =>
    [...player.tape.answers.keys()].map((id) => ({
      id,
      object: 'model',
      created: 0,
      owned_by: 'arb-cassette',
    }));
  const chat = await receiveChat(request, response, { resource, models });
  if (!chat) return;
  const found = find(player.tape, prefix, chat);
  if ('fault' in found) {
    sendError(response, 404, found.code, found.fault);
    return;
  }
  const usage = estimateUsage(chat, found.recorded);
  const sentAt = performance.now();
  const { target, answer } = found.recorded;
  if (chat.stream === true) stream(response, chat, answer, usage);
  else sendJson(response, 200, wholeAnswer(target, answer, usage));
  const asked = target + found.hash;
  const attempt = (player.asked.get(asked) ?? 0) + 1;
  player.asked.set(asked, attempt);
  const label = request.headers['x-arb-request'];
  player.audit({
    kind: 'request',
    target,
    path: request.url ?? '',
    ...(typeof label === 'string' ? { client_request: label } : {}),
    request_id: found.recorded.request_id,
    content: found.hash,
    attempt,
    stream: chat.stream === true,
    outcome: 'completed',
    http_status: 200,
    finish_reason: 'stop',
    billed_input_tokens: usage.prompt_tokens,
    cached_tokens: 0,
    output_tokens: usage.completion_tokens,
    reasoning_tokens: 0,
    billed_usd: found.recorded.cost_usd ?? 0,
    ...(usage.cost === undefined ? {} : { reported_usd: usage.cost }),
    received_epoch_ms: toEpoch(receivedAt),
    first_byte_epoch_ms: toEpoch(sentAt),
    chunk_epoch_ms: [toEpoch(sentAt)],
    ended_epoch_ms: toEpoch(performance.now()),
  });
}

type Found =
  | { readonly recorded: z.infer<typeof recordedAnswer>; readonly hash: string }
  | { readonly fault: string; readonly code: string };

function find(tape: Tape, prefix: string, chat: ChatRequest): Found {
  const names = [...tape.answers.keys()];
  const target = prefix === '' ? chat.model : prefix;
  const byId = tape.answers.get(target);
  if (!byId) {
    const near = nearest(target, names);
    const hint = near ? `Did you mean "${near}"?` : `Recorded: ${names.join(', ')}.`;
    return { code: 'model_not_found', fault: `No answer of "${target}" is recorded. ${hint}` };
  }
  const hash = hashCanonical(chat.messages);
  const id = tape.ids.get(hash);
  const recorded = id === undefined ? undefined : byId.get(id);
  if (recorded) return { recorded, hash };
  const what =
    id === undefined
      ? 'These messages are not in the workload'
      : `"${target}" has no recorded answer to "${id}"`;
  return { code: 'not_recorded', fault: `${what}. Serve the workload that is replayed.` };
}

/** Tokens are the simulator's estimate (bytes / 4); the cost is the recorded number itself. */
function estimateUsage(chat: ChatRequest, recorded: z.infer<typeof recordedAnswer>) {
  const prompt_tokens = countInputTokens(chat);
  const completion_tokens = Math.ceil(Buffer.byteLength(recorded.answer) / 4);
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    ...(recorded.cost_usd == null ? {} : { cost: recorded.cost_usd }),
  };
}

const envelope = (object: string, model: string) => ({
  id: 'chatcmpl-recorded',
  object,
  created: 1_700_000_000,
  model,
});

function wholeAnswer(model: string, content: string, usage: object): object {
  const message = { role: 'assistant', content };
  return {
    ...envelope('chat.completion', model),
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage,
  };
}

/** How many content chunks an answer is cut into, where it is long enough. */
const chunksPerAnswer = 4;

function stream(response: ServerResponse, chat: ChatRequest, answer: string, usage: object): void {
  const base = envelope('chat.completion.chunk', chat.model);
  const event = (value: object) => `data: ${JSON.stringify({ ...base, ...value })}\n\n`;
  const choice = (delta: object, finish_reason: string | null) =>
    event({ choices: [{ index: 0, delta, finish_reason }] });
  const characters = [...answer];
  const size = Math.max(1, Math.ceil(characters.length / chunksPerAnswer));
  const parts: string[] = [];
  for (let at = 0; at < characters.length; at += size) {
    parts.push(characters.slice(at, at + size).join(''));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(choice({ role: 'assistant', content: '' }, null));
  for (const content of parts) response.write(choice({ content }, null));
  const included = chat.stream_options?.include_usage ? event({ choices: [], usage }) : '';
  response.end(`${choice({}, 'stop')}${included}data: [DONE]\n\n`);
}
