import type { FailureKind, MarketTarget } from '../market/market.ts';
import { computeCost, type Reply, type SimUsage } from '../market/reply.ts';

/** One write of an answer: what, and when after the start of service. */
export interface ScriptFrame {
  readonly after: number;
  /** Made when it is written: to make all at once would hold up the requests that come meanwhile. */
  readonly bytes: () => string;
  /** Output tokens it carries; 0 = no content, and no chunk by arb's definition. */
  readonly tokens: number;
}

/** A whole answer as writes, and how it ends after the last of them. */
export interface Script {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly ScriptFrame[];
  readonly end: 'end' | 'destroy' | 'hang' | 'endless';
  readonly finish?: string;
  readonly reported?: number;
}

export interface ScriptRequest {
  readonly id: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** The role-only chunk comes at half of the time to the first token, so that the two differ. */
const roleAt = 0.5;

/** The bytes of an answer in OpenAI's chat-completions form, faults included. */
export function writeScript(target: MarketTarget, reply: Reply, wanted: ScriptRequest): Script {
  return refusal(target, reply) ?? (wanted.stream ? streamed : whole)(target, reply, wanted);
}

const json = { 'content-type': 'application/json' };

/** Faults that answer without a completion. */
function refusal(target: MarketTarget, { failure, timing }: Reply): Script | undefined {
  const after = timing.ttft;
  const one = (status: number, code: string, message: string): Script => ({
    status,
    headers: status === 429 ? { ...json, ...retryAfter(target) } : json,
    frames: [{ after, bytes: () => errorBody(status, code, message), tokens: 0 }],
    end: 'end',
  });
  switch (failure) {
    case 'server-error':
      return one(503, 'overloaded', 'The model is overloaded. Try again later.');
    case 'rate-limited':
      return one(429, 'rate_limit_exceeded', 'Rate limit reached.');
    case 'unauthorized':
      return one(401, 'invalid_api_key', 'Incorrect API key provided.');
    case 'bad-request':
      return one(400, 'invalid_request', 'Unsupported parameter.');
    case 'html': {
      const bytes = () => '<!doctype html><title>Gateway</title><h1>Please sign in</h1>';
      return {
        ...one(200, '', ''),
        headers: { 'content-type': 'text/html' },
        frames: [{ after, bytes, tokens: 0 }],
      };
    }
    case 'reset':
      return {
        status: 0,
        headers: {},
        frames: [{ after, bytes: () => '', tokens: 0 }],
        end: 'destroy',
      };
    case 'hang':
      return { status: 0, headers: {}, frames: [], end: 'hang' };
    default:
      return undefined;
  }
}

function retryAfter({ rate_limit }: MarketTarget): Record<string, string> {
  const seconds = rate_limit?.retry_after_s ?? 1;
  return retryAfterHeader(rate_limit?.retry_after ?? 'seconds', seconds);
}

/** `Retry-After` has whole seconds or an HTTP date, which has whole seconds too: rounded up. */
export function retryAfterHeader(
  form: 'seconds' | 'date' | 'none',
  seconds: number,
): Record<string, string> {
  if (form === 'none') return {};
  if (form === 'seconds') return { 'retry-after': String(Math.ceil(seconds)) };
  const at = Math.ceil(Date.now() / 1000 + seconds) * 1000;
  return { 'retry-after': new Date(at).toUTCString() };
}

export function errorBody(status: number, code: string, message: string): string {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return JSON.stringify({ error: { message, type, param: null, code } });
}

type Delta = Readonly<Record<string, unknown>>;

interface Piece {
  readonly delta: Delta;
  readonly tokens: number;
}

function streamed(target: MarketTarget, reply: Reply, wanted: ScriptRequest): Script {
  const { wire } = target;
  const eol = wire.framing === 'crlf' ? '\r\n' : '\n';
  const event = (data: string) => `data: ${data}${eol}${eol}`;
  const base = {
    id: `chatcmpl-${wanted.id}`,
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: target.model,
    ...(wire.served_by ? { provider: wire.served_by } : {}),
  };
  const usage = wanted.includeUsage ? usageObject(target, reply.usage) : undefined;
  const chunk = (delta: Delta, extra: object = {}, finish: string | null = null) =>
    event(
      JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason: finish }], ...extra }),
    );

  const pieces = cutPieces(target, reply);
  const struck = strike(reply, pieces);
  const everywhere = usage && wire.usage === 'every-chunk' ? { usage } : {};
  const opening = () =>
    `${wire.comments ? `: PROCESSING${eol}${eol}` : ''}${chunk({ role: 'assistant', content: '' })}`;
  const frames: ScriptFrame[] = [{ after: reply.timing.ttft * roleAt, bytes: opening, tokens: 0 }];
  let after = reply.timing.ttft;
  struck.pieces.forEach(({ delta, tokens }, index) => {
    if (index > 0) after += reply.timing.gap();
    const comment = wire.comments ? `: still here${eol}` : '';
    frames.push({ after, bytes: () => comment + chunk(delta, everywhere), tokens });
  });
  const { tail } = struck;
  if (tail !== undefined) frames.push({ after, bytes: () => event(tail), tokens: 0 });
  const finish = toFinishReason(reply);
  const headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  };
  if (struck.end !== 'end' || tail !== undefined || reply.failure === 'no-finish') {
    return { status: 200, headers, frames, end: struck.end };
  }
  const inChoice = usage && wire.usage === 'with-choices' ? { usage } : everywhere;
  const own = () =>
    usage && wire.usage === 'own-chunk'
      ? event(JSON.stringify({ ...base, choices: [], usage }))
      : '';
  const closing = () => `${chunk({}, inChoice, finish)}${own()}${event('[DONE]')}`;
  frames.push({ after, bytes: closing, tokens: 0 });
  return { status: 200, headers, frames, end: 'end', finish, ...toReported(target, reply, wanted) };
}

function whole(target: MarketTarget, reply: Reply, wanted: ScriptRequest): Script {
  const pieces = cutPieces(target, reply);
  let after = reply.timing.ttft;
  for (let index = 1; index < pieces.length; index++) after += reply.timing.gap();
  const { text, toolCalls } = reply.said;
  const finish = toFinishReason(reply);
  const body = JSON.stringify({
    id: `chatcmpl-${wanted.id}`,
    object: 'chat.completion',
    created: 1_700_000_000,
    model: target.model,
    ...(target.wire.served_by ? { provider: target.wire.served_by } : {}),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: toolCalls.length > 0 ? null : text,
          ...(reply.reasoning ? { [target.wire.reasoning_field]: reply.reasoning } : {}),
          ...(toolCalls.length > 0 ? { tool_calls: toolCalls.map(callObject) } : {}),
        },
        finish_reason: finish,
      },
    ],
    ...(target.wire.usage === 'none' ? {} : { usage: usageObject(target, reply.usage) }),
  });
  const broken = reply.failure && brokenWhole[reply.failure];
  const bytes = broken === undefined ? body : body.slice(0, Math.floor(body.length * broken));
  const frames = [{ after, bytes: () => bytes, tokens: reply.usage.output }];
  if (reply.failure === 'stall' || reply.failure === 'endless')
    return { status: 200, headers: json, frames, end: 'hang' };
  if (reply.failure === 'cut-off') return { status: 200, headers: json, frames, end: 'destroy' };
  return {
    status: 200,
    headers: json,
    frames,
    end: 'end',
    finish,
    ...toReported(target, reply, { ...wanted, includeUsage: true }),
  };
}

/** Share of the body that gets out before the fault. */
const brokenWhole: Partial<Record<FailureKind, number>> = {
  'cut-off': 0.5,
  stall: 0.5,
  endless: 0.5,
  malformed: 0.5,
};

function callObject(call: { name: string; arguments: string }, index: number): object {
  return { index, id: `call_${index}`, type: 'function', function: call };
}

/** Splits reasoning, text and tool calls into deltas of about `chunk_tokens`. */
function cutPieces(target: MarketTarget, { reasoning, said, usage }: Reply): readonly Piece[] {
  const size = target.chunk_tokens;
  const deltas: Delta[] = [
    ...slices(reasoning, size * 6).map((text) => ({ [target.wire.reasoning_field]: text })),
    ...slices(said.text, size * 4).map((text) => ({ content: text })),
    ...said.toolCalls.flatMap(({ name, arguments: given }, index) => [
      { tool_calls: [callObject({ name, arguments: '' }, index)] },
      ...slices(given, size * 4).map((part) => ({
        tool_calls: [{ index, function: { arguments: part } }],
      })),
    ]),
  ];
  return deltas.map((delta, index) => ({
    delta,
    // Rounded so that the pieces add up to the usage.
    tokens:
      share(usage.output, index + 1, deltas.length) - share(usage.output, index, deltas.length),
  }));
}

const share = (total: number, part: number, of: number) => Math.round((total * part) / of);

/** Pieces of about `size` UTF-16 units that never split a character. */
function slices(text: string, size: number): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + size);
    const unit = text.charCodeAt(end - 1);
    if (unit >= 0xd800 && unit <= 0xdbff && end < text.length) end += 1;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}

/** What a fault in mid-stream leaves of the pieces, and how it shows. */
function strike(
  { failure, strikesAt }: Reply,
  pieces: readonly Piece[],
): { pieces: readonly Piece[]; end: Script['end']; tail?: string } {
  // At least one piece gets out, and never the last of several: the cut is in the middle.
  const kept = pieces.slice(0, 1 + Math.floor(strikesAt * Math.max(0, pieces.length - 1)));
  switch (failure) {
    case 'cut-off':
      return { pieces: kept, end: 'destroy' };
    case 'stall':
      return { pieces: kept, end: 'hang' };
    case 'endless':
      return { pieces, end: 'endless' };
    case 'no-finish':
      return { pieces: kept, end: 'end' };
    case 'error-event':
      return {
        pieces: kept,
        end: 'end',
        tail: errorBody(500, 'internal_error', 'The upstream provider failed.'),
      };
    case 'malformed':
      return {
        pieces: kept,
        end: 'end',
        tail: '{"id":"chatcmpl-broken","choices":[{"delta":{"content":',
      };
    case 'content-filter':
    case 'length':
      return { pieces: kept, end: 'end' };
    default:
      return { pieces, end: 'end' };
  }
}

function toFinishReason({ failure, said }: Reply): string {
  if (failure === 'content-filter') return 'content_filter';
  if (failure === 'length') return 'length';
  return said.toolCalls.length > 0 ? 'tool_calls' : 'stop';
}

function toReported(
  target: MarketTarget,
  reply: Reply,
  wanted: ScriptRequest,
): { reported?: number } {
  const shown = wanted.includeUsage && target.wire.usage !== 'none' && target.report_cost;
  return shown ? { reported: computeCost(target, reply.usage) } : {};
}

function usageObject(target: MarketTarget, usage: SimUsage): object {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    ...(usage.cached > 0 ? { prompt_tokens_details: { cached_tokens: usage.cached } } : {}),
    ...(usage.reasoning > 0
      ? { completion_tokens_details: { reasoning_tokens: usage.reasoning } }
      : {}),
    ...(target.report_cost ? { cost: computeCost(target, usage) } : {}),
  };
}
