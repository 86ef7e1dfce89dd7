import type { Fields } from '../record/values.ts';
import { genAi } from './genai.ts';
import type { Dialect, ModelCall } from './model-call.ts';
import { openInference } from './openinference.ts';
import { agentKit, isEmptyOfKit, langfuseSpans, mlflow } from './vendors.ts';
import { vercel } from './vercel.ts';

/** By the attributes that name them; the first that fits reads a span. */
const dialects = {
  mlflow,
  langfuseSpans,
  agentKit,
  openInference,
  vercel,
  genAi,
} as const satisfies Record<string, Dialect>;

/** The call that a span's attributes tell of; nothing where the span is none. */
export function readCall(attributes: Fields): ModelCall | undefined {
  if (isEmptyOfKit(attributes)) return undefined;
  const dialect = Object.values(dialects).find((each) => each.isCall(attributes));
  return dialect?.read(attributes);
}
