import { tokens } from '../../units.ts';
import { count, list, object, text } from '../../workload/json.ts';
import {
  type AnswerEvent,
  type Delta,
  emptyEvent,
  type WireReader,
} from '../answer/answer-event.ts';
import type { Usage } from '../answer/exchange.ts';
import { classifyError } from '../answer/http-failure.ts';

/** Reads the events of Anthropic's Messages API, whose usage comes in two halves. */
export function anthropicReader(): WireReader {
  // Input is counted at the start, output at the end; the later count of anything wins.
  let usage: Record<string, unknown> = {};
  const counted = (more: unknown): Pick<AnswerEvent, 'usage' | 'rawUsage'> => {
    const known = Object.entries(object(more) ?? {}).filter(([, value]) => value !== null);
    if (known.length === 0) return {};
    usage = { ...usage, ...Object.fromEntries(known) };
    const normal = messagesUsage(usage);
    return { rawUsage: usage, ...(normal && { usage: normal }) };
  };
  const read = (json: unknown): AnswerEvent => {
    const event = object(json) ?? {};
    switch (event.type) {
      case 'message_start': {
        const message = object(event.message);
        return { ...emptyEvent, ...model(message), ...counted(message?.usage) };
      }
      case 'content_block_start':
        return { deltas: blockDeltas(object(event.content_block), count(event.index) ?? 0) };
      case 'content_block_delta':
        return { deltas: deltaOf(object(event.delta), count(event.index) ?? 0) };
      case 'message_delta':
        return { ...emptyEvent, ...finish(object(event.delta)), ...counted(event.usage) };
      case 'message_stop':
        return { deltas: [], done: true };
      case 'error':
        return { deltas: [], error: errorOf(object(event.error)) };
      default:
        return emptyEvent;
    }
  };
  return {
    event: (data) => read(JSON.parse(data)),
    whole(json) {
      const message = object(json);
      if (message?.type === 'error') return read(json);
      const deltas = list(message?.content).flatMap((block, i) => blockDeltas(object(block), i));
      const rest = { ...model(message), ...finish(message), ...counted(message?.usage) };
      return { deltas, ...rest, done: true };
    },
  };
}

function blockDeltas(block: Record<string, unknown> | undefined, index: number): Delta[] {
  if (block?.type === 'tool_use') {
    // A stream starts a call with an empty object and sends the arguments in pieces.
    const input = object(block.input) ?? {};
    const args = Object.keys(input).length > 0 ? JSON.stringify(input) : '';
    const toolName = text(block.name) ?? '';
    return [{ place: { kind: 'arguments', index }, text: args, toolName }];
  }
  return deltaOf(block, index);
}

/** A piece of a block names its content by its kind, as the block itself does. */
function deltaOf(delta: Record<string, unknown> | undefined, index: number): Delta[] {
  if (!delta) return [];
  const [said, thought] = [text(delta.text), text(delta.thinking)];
  const args = text(delta.partial_json);
  return [
    ...(said ? [{ place: { kind: 'text', index: 0 } as const, text: said }] : []),
    ...(thought ? [{ place: { kind: 'reasoning', index: 0 } as const, text: thought }] : []),
    ...(args ? [{ place: { kind: 'arguments', index } as const, text: args }] : []),
  ];
}

const finishReasons: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
};

function finish(message: Record<string, unknown> | undefined): Pick<AnswerEvent, 'finishReason'> {
  const reason = text(message?.stop_reason);
  return reason ? { finishReason: finishReasons[reason] ?? reason } : {};
}

function model(message: Record<string, unknown> | undefined): Pick<AnswerEvent, 'servedModel'> {
  const name = text(message?.model);
  return name ? { servedModel: name } : {};
}

function errorOf(error: Record<string, unknown> | undefined): NonNullable<AnswerEvent['error']> {
  return { reason: classifyError(error ?? {}), message: text(error?.message) ?? 'error' };
}

/** `input_tokens` counts neither what was read from the cache nor what was written to it. */
function messagesUsage(raw: Record<string, unknown>): Usage | undefined {
  const fresh = count(raw.input_tokens);
  const output = count(raw.output_tokens);
  if (fresh === undefined && output === undefined) return undefined;
  const read = count(raw.cache_read_input_tokens);
  const written = count(raw.cache_creation_input_tokens);
  const hour = count(object(raw.cache_creation)?.ephemeral_1h_input_tokens);
  const thought = count(object(raw.output_tokens_details)?.thinking_tokens);
  const serviceTier = text(raw.service_tier);
  return {
    inputTokens: tokens((fresh ?? 0) + (read ?? 0) + (written ?? 0)),
    outputTokens: tokens(output ?? 0),
    ...(read !== undefined && { cachedTokens: tokens(read) }),
    ...(written !== undefined && { cacheWriteTokens: tokens(written) }),
    ...(hour !== undefined && { cacheWriteHourTokens: tokens(hour) }),
    ...(thought !== undefined && { reasoningTokens: tokens(thought) }),
    ...(serviceTier && { serviceTier }),
  };
}
