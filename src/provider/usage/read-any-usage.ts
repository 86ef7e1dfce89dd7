import { object } from '../../workload/json.ts';
import { chatUsage } from './chat-usage.ts';
import { generateUsage } from './generate-usage.ts';
import { messagesUsage } from './messages-usage.ts';
import { responsesUsage } from './responses-usage.ts';
import type { Usage } from './usage.ts';

/** A usage object of whichever wire, told by the names of its counts; for what is on file. */
export function readAnyUsage(raw: unknown): Usage | undefined {
  const usage = object(raw);
  if (!usage) return undefined;
  if ('prompt_tokens' in usage) return chatUsage(usage);
  if ('promptTokenCount' in usage) return generateUsage(usage, undefined);
  if ('total_tokens' in usage) return responsesUsage(usage, undefined, {});
  return messagesUsage(usage);
}
