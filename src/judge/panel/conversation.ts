import type { ToolCall } from '../../provider/answer/exchange.ts';
import type { Message, WorkloadRequest } from '../../workload/request.ts';
import type { AnswerText } from '../check/verdict.ts';
import { type Part, shownText } from './shown.ts';

/** A judge reads at most this much of a conversation; about 30,000 tokens. */
const longestConversation = 120_000;

/** The request as parts: every message, images and files by their kind, tools by their definition. */
export function conversationParts({ body }: WorkloadRequest): readonly Part[] {
  const texts = body.messages.map((message) => shownText(messageText(message)));
  const kept = keptMessages(texts);
  const parts = body.messages.flatMap((message, index) => {
    if (!kept.has(index)) return [];
    const title = `message ${index + 1} of ${texts.length} (${showRole(message)})`;
    return [{ title, text: texts[index] ?? '' }];
  });
  const left = texts.length - kept.size;
  const gap = { title: 'messages left out', text: `${left} messages in the middle are not shown` };
  const tools = body.tools ?? [];
  return [
    ...parts,
    ...(left > 0 ? [gap] : []),
    ...(tools.length > 0
      ? [{ title: 'tools that could be called', text: shownText(JSON.stringify(tools)) }]
      : []),
  ];
}

/** An answer as parts: its text, and the tools it calls. */
export function answerParts(title: string, { answer, tool_calls = [] }: AnswerText): Part[] {
  const text = { title, text: shownText(answer) };
  if (tool_calls.length === 0) return [text];
  return [text, { title: `${title}, tool calls`, text: shownText(callsText(tool_calls)) }];
}

const callsText = (calls: readonly ToolCall[]) =>
  calls.map((call) => `${call.name}(${call.arguments})`).join('\n');

/** The first message, which sets the scene, and then from the last backwards while there is room. */
function keptMessages(texts: readonly string[]): ReadonlySet<number> {
  const kept = new Set([0]);
  let room = longestConversation - (texts[0]?.length ?? 0);
  for (let index = texts.length - 1; index > 0; index--) {
    room -= texts[index]?.length ?? 0;
    if (room < 0 && index < texts.length - 1) break;
    kept.add(index);
  }
  return kept;
}

function messageText(message: Message): string {
  const { content, tool_calls } = message;
  const text =
    typeof content === 'string'
      ? content
      : (content ?? []).map((part) => part.text ?? `[a part of type ${part.type}]`).join('\n');
  return tool_calls === undefined ? text : `${text}\n[tool calls: ${JSON.stringify(tool_calls)}]`;
}

/** A role comes from the log and stands in arb's own line: letters only. */
const showRole = ({ role }: Message) => role.replaceAll(/[^\w-]/g, '').slice(0, 20);
