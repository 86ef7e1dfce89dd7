import { object } from '../../workload/json.ts';
import type { WireName } from '../target/target.ts';

/** What a wire can say of a chat-completions body. */
export interface Vocabulary {
  /** Types of parts in the messages of a user. */
  readonly parts: readonly string[];
  /** Types of parts beside text in the result of a tool. */
  readonly resultParts: readonly string[];
  /** Parameters without a counterpart that change neither the answer nor its price: left out. */
  readonly leftOut: readonly string[];
  /** Parameters without a counterpart that do: only their neutral values can be left out. */
  readonly cannot: readonly string[];
  /** System messages go in front of all others. */
  readonly hoistsSystem: boolean;
}

/** By the references of the wires; chat completions themselves carry whatever was recorded. */
export const vocabularies = {
  'openai-responses': {
    parts: ['text', 'image_url', 'file', 'input_audio'],
    resultParts: [],
    leftOut: ['seed', 'logprobs', 'prediction'],
    cannot: [
      'n',
      'stop',
      'logit_bias',
      'presence_penalty',
      'frequency_penalty',
      'modalities',
      'audio',
      'web_search_options',
    ],
    hoistsSystem: false,
  },
  'anthropic-messages': {
    parts: ['text', 'image_url', 'file'],
    resultParts: ['image_url'],
    leftOut: [
      'logprobs',
      'top_logprobs',
      'seed',
      'store',
      'metadata',
      'prediction',
      'prompt_cache_key',
      'safety_identifier',
    ],
    cannot: [
      'frequency_penalty',
      'presence_penalty',
      'logit_bias',
      'n',
      'service_tier',
      'modalities',
      'audio',
      'verbosity',
      'web_search_options',
    ],
    hoistsSystem: true,
  },
  gemini: {
    parts: ['text', 'image_url', 'file', 'input_audio', 'video_url'],
    resultParts: [],
    leftOut: [
      'logprobs',
      'top_logprobs',
      'user',
      'store',
      'metadata',
      'prediction',
      'prompt_cache_key',
      'safety_identifier',
    ],
    cannot: [
      'parallel_tool_calls',
      'logit_bias',
      'service_tier',
      'modalities',
      'audio',
      'verbosity',
      'web_search_options',
    ],
    hoistsSystem: true,
  },
} as const satisfies Partial<Record<WireName, Vocabulary>>;

/** The words of a wire; nothing where it carries whatever was recorded. */
export function getVocabulary(wire: WireName): Vocabulary | undefined {
  const known: Partial<Record<WireName, Vocabulary>> = vocabularies;
  return known[wire];
}

/** Parameters that a wire leaves out of what it sends, neutral values included. */
export function listUnsupported(wire: keyof typeof vocabularies): readonly string[] {
  const { leftOut, cannot } = vocabularies[wire];
  return [...leftOut, ...cannot];
}

/** Whether a value of a parameter says no more than leaving it out does. */
export function isNeutral(name: string, value: unknown): boolean {
  switch (name) {
    case 'n':
      return value === 1;
    case 'frequency_penalty':
    case 'presence_penalty':
      return value === 0;
    case 'logit_bias':
      return Object.keys(object(value) ?? { given: true }).length === 0;
    case 'stop':
      return Array.isArray(value) && value.length === 0;
    case 'modalities':
      return Array.isArray(value) && value.every((each) => each === 'text');
    case 'service_tier':
      return value === 'auto' || value === 'default';
    case 'verbosity':
      return value === 'medium';
    case 'parallel_tool_calls':
      return value === true;
    default:
      return false;
  }
}
