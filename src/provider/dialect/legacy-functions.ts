import { list, object, text } from '../../workload/json.ts';
import type { ChatBody, Message } from '../../workload/request.ts';

/**
 * A request in the older words of chat completions, `functions` and `function_call`, in those that
 * replaced them: tools, `tool_choice`, and messages with calls and results that carry ids.
 */
export function toolsFromFunctions(body: ChatBody): ChatBody {
  if (!usesFunctions(body)) return body;
  const { functions, function_call: choice, ...rest } = body;
  const tools = list(functions).map((each) => ({ type: 'function', function: each }));
  const name = text(object(choice)?.name);
  const toolChoice = name === undefined ? text(choice) : { type: 'function', function: { name } };
  return {
    ...rest,
    messages: nameCalls(body.messages),
    ...(tools.length > 0 && { tools: [...list(body.tools), ...tools] }),
    ...(toolChoice !== undefined && { tool_choice: toolChoice }),
  };
}

/** Whether anything of a request is in the older words. */
export function usesFunctions({ functions, function_call, messages }: ChatBody): boolean {
  return (
    (functions ?? function_call ?? undefined) !== undefined ||
    messages.some(({ role, function_call: call }) => role === 'function' || call != null)
  );
}

/** The older words have no ids: a result belongs to the last call before it. */
function nameCalls(messages: readonly Message[]): Message[] {
  let calls = 0;
  return messages.map((message) => {
    const { function_call: call, ...rest } = message;
    if (call != null) {
      calls += 1;
      return { ...rest, tool_calls: [{ id: `call_${calls}`, type: 'function', function: call }] };
    }
    return message.role === 'function'
      ? { ...message, role: 'tool', tool_call_id: `call_${calls}` }
      : message;
  });
}
