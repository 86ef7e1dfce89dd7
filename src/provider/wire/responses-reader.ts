import { count, list, object, text } from '../../workload/json.ts';
import {
  type AnswerEvent,
  type Delta,
  emptyEvent,
  type WireReader,
} from '../answer/answer-event.ts';
import { classifyError } from '../answer/classify-error.ts';
import { normalizeFinish } from '../answer/finish-reason.ts';
import { responsesUsage } from '../usage/responses-usage.ts';

/**
 * Reads the events of the Responses API. What came in deltas is repeated by `done` events and by the
 * last one; servers that send no deltas say it only there, so each part is taken once, at its first.
 */
export function responsesReader(): WireReader {
  /** Parts of which something was read: kind and index of the output item. */
  const seen = new Set<string>();
  const first = (deltas: readonly Delta[], index: number): Delta[] => {
    const fresh = deltas.filter(({ place, toolName, text: said }) => {
      return !seen.has(`${place.kind} ${index}`) && (said !== '' || toolName !== undefined);
    });
    return fresh.map((delta) => note(delta, index));
  };
  const note = (delta: Delta, index: number): Delta => {
    // A call that only has its name yet still waits for its arguments.
    if (delta.text !== '') seen.add(`${delta.place.kind} ${index}`);
    return delta;
  };
  /** Named before: the name is not repeated, so that no second call begins. */
  const named = new Set<number>();
  const call = (item: Record<string, unknown>, index: number): Delta[] => {
    const known = named.has(index);
    named.add(index);
    const delta = callDelta(item, index);
    return first([known ? { place: delta.place, text: delta.text } : delta], index);
  };
  const whole = (each: unknown, index: number): Delta[] => {
    const item = object(each) ?? {};
    if (item.type === 'function_call') return call(item, index);
    const kind = item.type === 'reasoning' ? 'reasoning' : 'text';
    const said = [...list(item.summary), ...list(item.content)]
      .map((part) => text(object(part)?.text) ?? '')
      .join('');
    return first([{ place: { kind, index: 0 }, text: said }], index);
  };
  const read = (json: unknown): AnswerEvent => {
    const event = object(json) ?? {};
    const index = count(event.output_index) ?? 0;
    const delta = (kind: 'text' | 'reasoning' | 'arguments', said: unknown): Delta => {
      const place = { kind, index: kind === 'arguments' ? index : 0 };
      return { place, text: text(said) ?? '' };
    };
    switch (event.type) {
      case 'response.output_text.delta':
        return { deltas: [note(delta('text', event.delta), index)] };
      case 'response.output_text.done':
        return { deltas: first([delta('text', event.text)], index) };
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
        return { deltas: [note(delta('reasoning', event.delta), index)] };
      case 'response.reasoning_text.done':
      case 'response.reasoning_summary_text.done':
        return { deltas: first([delta('reasoning', event.text)], index) };
      case 'response.function_call_arguments.delta':
        return { deltas: [note(delta('arguments', event.delta), index)] };
      case 'response.function_call_arguments.done':
        return { deltas: first([delta('arguments', event.arguments)], index) };
      case 'response.output_item.added': {
        const item = object(event.item);
        if (item?.type !== 'function_call') return emptyEvent;
        return { deltas: call({ ...item, arguments: '' }, index) };
      }
      case 'response.output_item.done':
        return { deltas: whole(event.item, index) };
      case 'response.refusal.delta':
        seen.add('refusal');
        return { deltas: [], refusal: text(event.delta) ?? '' };
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        return finish(object(event.response) ?? {});
      case 'error': {
        const error = object(event.error) ?? event;
        const said = { ...error, type: error === event ? undefined : error.type };
        const message = text(error.message) ?? 'error';
        return { deltas: [], error: { reason: classifyError(said), message } };
      }
      default:
        return emptyEvent;
    }
  };
  const finish = (response: Record<string, unknown>): AnswerEvent => {
    const deltas = list(response.output).flatMap(whole);
    const refusal = seen.has('refusal') ? '' : parseRefusal(response);
    return { ...ending(response), deltas, ...(refusal && { refusal }) };
  };
  return {
    event(data) {
      return data.trim() === '[DONE]' ? { deltas: [], done: true } : read(JSON.parse(data));
    },
    whole: (json) => finish(object(json) ?? {}),
  };
}

function callDelta(item: Record<string, unknown>, index: number): Delta {
  const place = { kind: 'arguments', index } as const;
  return { place, text: text(item.arguments) ?? '', toolName: text(item.name) ?? '' };
}

function parseRefusal(response: Record<string, unknown>): string {
  return list(response.output)
    .flatMap((item) => list(object(item)?.content))
    .map((part) => text(object(part)?.refusal) ?? '')
    .join('');
}

/** What the last event says of the whole, its output aside. */
function ending(response: Record<string, unknown>): AnswerEvent {
  const rawUsage = object(response.usage);
  const usage = responsesUsage(rawUsage, response.output, {
    serviceTier: text(response.service_tier),
  });
  const servedModel = text(response.model);
  const error = object(response.error);
  const finish = finishReason(response);
  return {
    deltas: [],
    done: true,
    ...(finish && { finishReason: finish }),
    ...(usage && { usage }),
    ...(rawUsage && { rawUsage }),
    ...(servedModel && { servedModel }),
    ...(error && {
      error: { reason: classifyError(error), message: text(error.message) ?? 'error' },
    }),
  };
}

function finishReason(response: Record<string, unknown>): string | undefined {
  if (response.status === 'completed') {
    const called = list(response.output).some((item) => object(item)?.type === 'function_call');
    return called ? 'tool_calls' : 'stop';
  }
  if (response.status !== 'incomplete') return undefined;
  const reason = text(object(response.incomplete_details)?.reason);
  return normalizeFinish(reason ?? 'incomplete');
}
