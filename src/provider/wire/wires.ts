import type { ChatBody } from '../../workload/request.ts';
import type { Target, WireName } from '../target/target.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { gemini } from './gemini.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import type { Wire } from './wire.ts';

/** Every wire format that a target can speak. */
export const wires = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
  gemini,
} as const satisfies Record<WireName, Wire>;

/** The body of a request to `target` as it goes out: JSON in the words of the target's wire. */
export function encodeBody(body: ChatBody, target: Target): string {
  return JSON.stringify(wires[target.wire].encode(body, target));
}
