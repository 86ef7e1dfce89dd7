import { count, list, object, text } from '../../workload/json.ts';
import {
  type AnswerEvent,
  type Delta,
  emptyEvent,
  type WireReader,
} from '../answer/answer-event.ts';
import { classifyError } from '../answer/classify-error.ts';
import { normalizeFinish } from '../answer/finish-reason.ts';
import { mergeUsage } from '../usage/merge-usage.ts';
import { messagesUsage } from '../usage/messages-usage.ts';

/** Reads the events of Anthropic's Messages API, whose usage comes in two halves. */
export function anthropicReader(): WireReader {
  // Input is counted at the start, output at the end.
  let usage: Record<string, unknown> = Object.create(null);
  const counted = (more: unknown): Pick<AnswerEvent, 'usage' | 'rawUsage'> => {
    const said = object(more);
    if (!said || Object.keys(said).length === 0) return {};
    usage = mergeUsage(usage, said);
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
        return { deltas: toDeltas(object(event.delta), count(event.index) ?? 0) };
      case 'message_delta':
        return { ...emptyEvent, ...finish(object(event.delta)), ...counted(event.usage) };
      case 'message_stop':
        return { deltas: [], done: true };
      case 'error':
        return { deltas: [], error: toError(object(event.error)) };
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
  return toDeltas(block, index);
}

/** A piece of a block names its content by its kind, as the block itself does. */
function toDeltas(delta: Record<string, unknown> | undefined, index: number): Delta[] {
  if (!delta) return [];
  const [said, thought] = [text(delta.text), text(delta.thinking)];
  const args = text(delta.partial_json);
  return [
    ...(said ? [{ place: { kind: 'text', index: 0 } as const, text: said }] : []),
    ...(thought ? [{ place: { kind: 'reasoning', index: 0 } as const, text: thought }] : []),
    ...(args ? [{ place: { kind: 'arguments', index } as const, text: args }] : []),
  ];
}

function finish(message: Record<string, unknown> | undefined): Pick<AnswerEvent, 'finishReason'> {
  const reason = text(message?.stop_reason);
  return reason ? { finishReason: normalizeFinish(reason) } : {};
}

function model(message: Record<string, unknown> | undefined): Pick<AnswerEvent, 'servedModel'> {
  const name = text(message?.model);
  return name ? { servedModel: name } : {};
}

function toError(error: Record<string, unknown> | undefined): NonNullable<AnswerEvent['error']> {
  return { reason: classifyError(error ?? {}), message: text(error?.message) ?? 'error' };
}
