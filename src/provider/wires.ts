import { openaiChat } from './openai-chat.ts';
import type { WireName } from './target.ts';
import type { Wire } from './wire.ts';

/** Every wire format that a target can speak. */
export const wires = {
  'openai-chat': openaiChat,
} as const satisfies Record<WireName, Wire>;
