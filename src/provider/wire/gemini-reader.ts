import { list, object, text } from '../../workload/json.ts';
import type { AnswerEvent, Delta, WireReader } from '../answer/answer-event.ts';
import { classifyError } from '../answer/classify-error.ts';
import { normalizeFinish } from '../answer/finish-reason.ts';
import { generateUsage } from '../usage/generate-usage.ts';
import { mergeUsage } from '../usage/merge-usage.ts';

/** Reads the chunks of generateContent; each is a whole response that holds only what is new. */
export function geminiReader(): WireReader {
  let calls = 0;
  let counted: Record<string, unknown> | undefined;
  let grounding: unknown;
  const read = (json: unknown): AnswerEvent => {
    // Without `alt=sse`, errors come in a list.
    const response = object(Array.isArray(json) ? json[0] : json) ?? {};
    const candidate = object(
      list(response.candidates).find((each) => (object(each)?.index ?? 0) === 0),
    );
    const deltas = list(object(candidate?.content)?.parts).flatMap((each): Delta[] => {
      const part = object(each) ?? {};
      const called = object(part.functionCall);
      if (called) {
        const place = { kind: 'arguments', index: calls++ } as const;
        const args = JSON.stringify(object(called.args) ?? {});
        return [{ place, text: args, toolName: text(called.name) ?? '' }];
      }
      const kind = part.thought === true ? 'reasoning' : 'text';
      const said = text(part.text);
      return said ? [{ place: { kind, index: 0 }, text: said }] : [];
    });
    const finished = text(candidate?.finishReason);
    grounding = candidate?.groundingMetadata ?? grounding;
    const more = object(response.usageMetadata);
    if (more) counted = mergeUsage(counted, more);
    const rawUsage = more && counted;
    const usage = generateUsage(rawUsage, grounding);
    const servedModel = text(response.modelVersion);
    const error = parseError(response);
    return {
      deltas,
      ...(finished && { finishReason: finishReason(finished, calls) }),
      ...(usage && { usage }),
      ...(rawUsage && { rawUsage }),
      ...(servedModel && { servedModel }),
      ...(error && { error }),
    };
  };
  return {
    event: (data) => read(JSON.parse(data)),
    whole: (json) => ({ ...read(json), done: true }),
  };
}

/** Gemini stops the same way after a call as after a text. */
function finishReason(reason: string, calls: number): string {
  if (reason === 'STOP') return calls > 0 ? 'tool_calls' : 'stop';
  return normalizeFinish(reason);
}

function parseError(response: Record<string, unknown>): AnswerEvent['error'] {
  const error = object(response.error);
  if (error) return { reason: classifyError(error), message: text(error.message) ?? 'error' };
  const blocked = text(object(response.promptFeedback)?.blockReason);
  if (!blocked) return undefined;
  return { reason: 'content-filter', message: `the prompt was blocked: ${blocked}` };
}
