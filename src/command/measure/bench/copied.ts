import { listTexts } from '../../../workload/features.ts';
import type { ChatBody } from '../../../workload/request.ts';

/** A shorter passage may stand in the prompt because it was asked for: a label, a name, a number. */
const leastPassage = 60;
/** An answer is a copy where it is this part of the last message, or that is this part of it. */
const leastPart = 0.8;

/**
 * Whether an answer is text of its own prompt: a long passage of any message, or the last message with
 * little left out or added. By itself that is no fault, for an extract is copied too.
 */
export function isCopied({ messages }: Pick<ChatBody, 'messages'>, answer: string): boolean {
  const text = answer.trim();
  if (text === '') return false;
  const last = messages.findLast(({ role }) => role === 'user');
  const asked = last ? listTexts(last).join('\n').trim() : '';
  if (asked !== '' && isPartOf(text, asked)) return true;
  if (asked !== '' && isPartOf(asked, text)) return true;
  return (
    text.length >= leastPassage &&
    messages.some((message) => listTexts(message).some((shown) => shown.includes(text)))
  );
}

function isPartOf(part: string, whole: string): boolean {
  return part.length >= leastPart * whole.length && whole.includes(part);
}
