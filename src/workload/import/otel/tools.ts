import { toTool } from '../record/turn.ts';
import { type Fields, known, toFields } from '../record/values.ts';

/** Tools in whatever words an instrumentation has for them; undefined where there is none. */
export function toChatTools(values: readonly unknown[] | undefined): readonly Fields[] | undefined {
  const tools = (values ?? []).map(toChatTool);
  return tools.length > 0 ? tools : undefined;
}

function toChatTool(value: unknown): Fields {
  const tool = toFields(value) ?? {};
  if (tool.function !== undefined) return tool;
  const { type: _, inputSchema, input_schema, parameters, ...rest } = tool;
  const schema = parameters ?? inputSchema ?? input_schema;
  const json = toFields(schema) ?? schema;
  return toTool({ ...rest, ...known({ parameters: json }) });
}
