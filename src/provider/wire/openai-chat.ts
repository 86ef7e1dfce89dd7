import { count, isObject, list, object, text } from '../../workload/json.ts';
import { type AnswerEvent, type Delta, emptyEvent, type Mutable } from '../answer/answer-event.ts';
import { classifyError } from '../answer/classify-error.ts';
import { findBareError } from '../answer/error-body.ts';
import { adapt, authorization } from '../dialect/params.ts';
import { getPreset, hasQuirk } from '../target/presets.ts';
import { chatUsage } from '../usage/chat-usage.ts';
import { mergeUsage } from '../usage/merge-usage.ts';
import type { Wire } from './wire.ts';

/** OpenAI chat completions, spoken by most providers, aggregators and local servers. */
export const openaiChat: Wire = {
  address: (target, key) => ({
    path: '/chat/completions',
    headers: authorization(target, key),
  }),
  encode(body, target) {
    const streamOptions = {
      include_usage: true,
      // Padding of random length costs bandwidth, and varies what would else repeat.
      ...(hasQuirk(target, 'obfuscation') && { include_obfuscation: false }),
    };
    return {
      ...adapt(body, target),
      ...getPreset(target).cacheBypass?.body,
      model: target.model,
      stream: true,
      ...(!hasQuirk(target, 'no-stream-options') && { stream_options: streamOptions }),
    };
  },
  reader(provider) {
    const slots = toolSlots();
    const usage = usageReader(provider);
    return {
      event(data, type) {
        if (data.trim() === '[DONE]') return { deltas: [], done: true };
        const json: unknown = JSON.parse(data);
        return read(type === 'error' ? asError(json) : json, slots, usage);
      },
      whole: (json) => ({ ...read(json, slots, usage), done: true }),
    };
  },
};

/** What a reader remembers of the answer so far. */
interface ToolSlots {
  /** Something of the answer came in pieces. */
  hasSpoken: boolean;
  /** Gives each tool call its place in the answer, by what a piece of it says about itself. */
  slot(call: Record<string, unknown>, position: number): number;
}

/**
 * Gemini's compatible endpoint gives parallel calls one index and ids of their own; others change the
 * index within a call. An id decides, then the index, and what has neither goes on with the last call.
 */
function toolSlots(): ToolSlots {
  const open = new Map<number, { id: string | undefined; slot: number }>();
  const byId = new Map<string, number>();
  let taken = 0;
  let last = 0;
  const find: ToolSlots['slot'] = (call, position) => {
    const index = count(call.index) ?? position;
    const id = text(call.id) || undefined;
    const same = id === undefined ? undefined : byId.get(id);
    if (same !== undefined) return same;
    const known = open.get(index);
    const named = text(object(call.function)?.name) !== undefined;
    if (known && !(named && id !== undefined && known.id !== id)) return known.slot;
    if (!named && id === undefined && taken > 0) return last;
    const slot = taken++;
    open.set(index, { id, slot });
    if (id !== undefined) byId.set(id, slot);
    return slot;
  };
  const slot: ToolSlots['slot'] = (call, position) => {
    last = find(call, position);
    return last;
  };
  return { hasSpoken: false, slot };
}

/**
 * The piece of a chunk, or the message of a whole answer. A last chunk may repeat in `message` what
 * came in pieces, or be the only one that says it.
 */
function pickMessage(
  choice: Record<string, unknown> | undefined,
  slots: ToolSlots,
): Record<string, unknown> | undefined {
  const delta = object(choice?.delta);
  const whole = object(choice?.message);
  return whole && !slots.hasSpoken ? { ...whole, ...delta } : delta;
}

/** An event that is named `error` is one, whatever its data calls itself. */
function asError(json: unknown): unknown {
  if (!isObject(json)) return { error: String(json) };
  return json.error === undefined ? { error: json } : json;
}

/** Adds what an event says of the usage; what earlier events said is kept. */
type UsageReader = (
  json: Record<string, unknown>,
  choice: Record<string, unknown> | undefined,
  said: Mutable<AnswerEvent>,
) => void;

function usageReader(provider: string | undefined): UsageReader {
  let known: Record<string, unknown> | undefined;
  let serviceTier: string | undefined;
  return (json, choice, said) => {
    serviceTier = text(json.service_tier) ?? serviceTier;
    // Groq and Moonshot have put it in places of their own.
    const raw = object(json.usage) ?? object(choice?.usage) ?? object(object(json.x_groq)?.usage);
    if (!raw) return;
    known = mergeUsage(known, raw);
    said.rawUsage = known;
    const usage = chatUsage(known, { provider, serviceTier, model: text(json.model) });
    if (!usage) return;
    // Groq's compound systems: several models and tools were at work, each at a price of its own.
    const isCompound = isObject(json.usage_breakdown) && usage.reportedCost === undefined;
    said.usage = isCompound ? { ...usage, unknown: 'usage_breakdown' } : usage;
  };
}

/** A chunk and a whole answer differ only in `delta` and `message`. */
function read(json: unknown, slots: ToolSlots, readUsage: UsageReader): AnswerEvent {
  if (!isObject(json)) return emptyEvent;
  const choice = object(list(json.choices).find((each) => (object(each)?.index ?? 0) === 0));
  // vLLM has said `{"object": "error", ...}` bare.
  const bare = json.object === 'error' ? json : undefined;
  const beside = choice === undefined || json.base_resp !== undefined;
  const error =
    object(json.error) ?? object(choice?.error) ?? bare ?? (beside && findBareError(json));
  const message = pickMessage(choice, slots);
  const finishReason = text(choice?.finish_reason);
  const refusal = text(message?.refusal);
  const servedModel = text(json.model);
  const servedBy = text(json.provider);
  // Field by field, where it is known: this is read for every event that is not just a delta.
  const said: Mutable<AnswerEvent> = { deltas: message ? parseDeltas(message, slots) : [] };
  if (finishReason) said.finishReason = finishReason;
  if (refusal) said.refusal = refusal;
  readUsage(json, choice, said);
  if (servedModel) said.servedModel = servedModel;
  if (servedBy) said.servedBy = servedBy;
  if (error) said.error = { reason: classifyError(error), message: text(error.message) ?? 'error' };
  if (typeof json.error === 'string') said.error = { reason: 'server-error', message: json.error };
  return said;
}

function parseDeltas(message: Record<string, unknown>, slots: ToolSlots): Delta[] {
  const deltas: Delta[] = [];
  // Two names for the same thing; a provider that sends both sends the same text twice.
  const reasoning = parseReasoning(message);
  if (reasoning) deltas.push({ place: { kind: 'reasoning', index: 0 }, text: reasoning });
  // A spoken answer has its words beside the sound.
  const content = parseContent(message.content) || text(object(message.audio)?.transcript);
  if (content) deltas.push({ place: { kind: 'text', index: 0 }, text: content });
  if (deltas.length > 0) slots.hasSpoken = true;
  if (!message.function_call && !message.tool_calls) return deltas;
  const older = object(message.function_call);
  const calls = older ? [{ function: older }] : list(message.tool_calls);
  calls.forEach((each, position) => {
    const call = object(each);
    const called = object(call?.function);
    if (!called) return;
    const toolName = text(called.name);
    const args = toArguments(called.arguments);
    if (!args && !toolName) return;
    deltas.push({
      place: { kind: 'arguments', index: slots.slot(call ?? {}, position) },
      text: args,
      ...(toolName && { toolName }),
    });
  });
  if (deltas.length > 0) slots.hasSpoken = true;
  return deltas;
}

/** Under the names that providers give it; one that sends two sends the same text twice. */
function parseReasoning(message: Record<string, unknown>): string {
  return (
    toReasoning(message.reasoning_content) ||
    toReasoning(message.reasoning) ||
    toReasoning(message.reasoning_text) ||
    toReasoning(message.thinking) ||
    toReasoning(message.thoughts) ||
    joinDetails(message.reasoning_details) ||
    parseThinking(message.content)
  );
}

/** A text, or the object that holds it. */
function toReasoning(said: unknown): string {
  if (said === undefined || said === null) return '';
  return text(said) || text(object(said)?.content) || text(object(said)?.text) || '';
}

function joinDetails(details: unknown): string {
  if (details === undefined || details === null) return '';
  return list(details)
    .map((each) => text(object(each)?.text) || text(object(each)?.summary) || '')
    .join('');
}

/** Text, or the texts of a list of parts (Mistral). */
function parseContent(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => text(object(part)?.text) ?? '')
    .join('');
}

/** Mistral's reasoning models think in parts of the content. */
function parseThinking(content: unknown): string {
  if (typeof content === 'string') return '';
  return list(content)
    .map(object)
    .flatMap((part) => (text(part?.thinking) ? [part?.thinking] : list(part?.thinking)))
    .map((piece) => text(piece) ?? text(object(piece)?.text) ?? '')
    .join('');
}

/** JSON text; some local servers send the object itself. */
function toArguments(value: unknown): string {
  if (typeof value === 'string') return value;
  return isObject(value) ? JSON.stringify(value) : '';
}
