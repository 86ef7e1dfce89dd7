import type { RecordedAnswer } from '../record/openai-answer.ts';
import type { Fields } from '../record/values.ts';

/** What a span of a model call says, in one form for all instrumentations. */
export interface ModelCall {
  readonly messages?: readonly Fields[] | undefined;
  /** Present where the messages hold something that a chat body cannot carry. */
  readonly fault?: string;
  readonly parameters: Fields;
  readonly answered?: RecordedAnswer;
  readonly model?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly ttftMs?: number | undefined;
  readonly cost?: number | undefined;
  readonly task?: string | undefined;
  readonly session?: string | undefined;
}

/** How one instrumentation writes a call into the attributes of a span. */
export interface Dialect {
  readonly isCall: (attributes: Fields) => boolean;
  readonly read: (attributes: Fields) => ModelCall;
}
