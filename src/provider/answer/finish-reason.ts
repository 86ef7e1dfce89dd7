import type { FailureReason } from './failure.ts';

/** What a finish reason comes to: an answer, in the words of chat completions, or a failure. */
export type Finish =
  | { readonly kind: 'answered'; readonly as: 'stop' | 'length' | 'tool_calls' }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly why: string };

const answered = (as: 'stop' | 'length' | 'tool_calls'): Finish => ({ kind: 'answered', as });
const failed = (reason: FailureReason, why: string): Finish => ({ kind: 'failed', reason, why });

const stop = answered('stop');
const length = answered('length');
const toolCalls = answered('tool_calls');
const filtered = failed('content-filter', 'the provider filtered the answer');
const aborted = failed('server-error', 'the server broke the answer off');
const badCall = failed('malformed', 'the model made a call that is not valid');

/**
 * By the word of the provider in lower case, as their references list them. Words that are shared
 * mean the same everywhere.
 */
const known: ReadonlyMap<string, Finish> = new Map([
  // OpenAI chat completions, and most that speak its wire.
  ['stop', stop],
  ['length', length],
  ['tool_calls', toolCalls],
  ['function_call', toolCalls],
  ['content_filter', filtered],
  // OpenAI Responses.
  ['max_output_tokens', length],
  ['incomplete', failed('cut-off', 'the answer is incomplete')],
  // Anthropic.
  ['end_turn', stop],
  ['stop_sequence', stop],
  ['max_tokens', length],
  ['model_context_window_exceeded', length],
  ['tool_use', toolCalls],
  ['refusal', failed('refused', 'the model refused')],
  ['pause_turn', failed('cut-off', 'the model paused a long turn')],
  // Gemini and Vertex.
  ['safety', filtered],
  ['recitation', filtered],
  ['language', filtered],
  ['prohibited_content', filtered],
  ['blocklist', filtered],
  ['spii', filtered],
  ['model_armor', filtered],
  ['image_safety', filtered],
  ['image_prohibited_content', filtered],
  ['image_recitation', filtered],
  ['malformed_function_call', badCall],
  ['unexpected_tool_call', badCall],
  ['too_many_tool_calls', badCall],
  ['missing_thought_signature', badCall],
  ['malformed_response', failed('malformed', 'the answer is malformed, as the provider says')],
  ['other', failed('server-error', 'the provider broke the answer off for a reason of its own')],
  ['no_image', failed('empty', 'the provider made no image')],
  ['image_other', failed('server-error', 'the provider made no image')],
  ['finish_reason_unspecified', aborted],
  // Mistral.
  ['model_length', length],
  ['error', failed('server-error', 'the provider ended the answer with an error')],
  // Together, and Text Generation Inference.
  ['eos', stop],
  ['eos_token', stop],
  // Ollama and LM Studio, as their users see it.
  ['end', stop],
  // Cohere.
  ['complete', stop],
  ['tool_call', toolCalls],
  ['error_toxic', filtered],
  ['error_limit', failed('context-overflow', 'the context ended before the answer')],
  ['user_cancel', aborted],
  ['timeout', failed('timeout', 'the provider gave up after its own time limit')],
  // Amazon Bedrock.
  ['content_filtered', filtered],
  ['guardrail_intervened', filtered],
  ['malformed_model_output', failed('malformed', 'the model wrote no valid output')],
  ['malformed_tool_use', badCall],
  // Z.ai.
  ['sensitive', filtered],
  ['network_error', aborted],
  // DeepSeek.
  ['insufficient_system_resource', aborted],
  // vLLM and SGLang.
  ['abort', aborted],
  ['aborted', aborted],
  ['cancelled', aborted],
  ['canceled', aborted],
  ['failed', aborted],
]);

/**
 * What the provider's word for the end of an answer means; one that nobody documented is no success,
 * unless the user says so under `finish_reasons` in arb.yaml.
 */
export function judgeFinish(word: string, accepted: Readonly<Record<string, 'ok'>> = {}): Finish {
  const lower = word.toLowerCase();
  const found = known.get(lower);
  if (found) return found;
  if (Object.hasOwn(accepted, word) || Object.hasOwn(accepted, lower)) return stop;
  return failed(
    'unknown-finish',
    `the finish reason ${JSON.stringify(word.slice(0, 60))} is not known; if it is a success, add it to finish_reasons in arb.yaml as "ok"`,
  );
}

/** The same reason in the words of chat completions, where they have one; else as it was said. */
export function normalizeFinish(word: string): string {
  const found = known.get(word.toLowerCase());
  if (found?.kind === 'answered') return found.as;
  return found === filtered ? 'content_filter' : word.toLowerCase();
}
