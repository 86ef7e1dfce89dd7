import { count, list, object } from '../../workload/json.ts';
import { explainUsage, toCounts } from './chat-usage.ts';
import type { Usage } from './usage.ts';
import { usageFields } from './usage-fields.ts';

/**
 * Usage of Gemini's generateContent. Its rule, "UsageMetadata": thoughts and the prompts of tools are
 * counted beside candidates and prompt, cached content within the prompt, and the total is the sum.
 * @param grounding what the answer was grounded in; searches for it are billed beyond a daily free
 *   share that no answer tells of.
 */
export function generateUsage(
  raw: Record<string, unknown> | undefined,
  grounding: unknown,
): Usage | undefined {
  const prompt = count(raw?.promptTokenCount);
  if (!raw || prompt === undefined) return undefined;
  const thoughts = count(raw.thoughtsTokenCount);
  const cached = count(raw.cachedContentTokenCount);
  const toolUse = count(raw.toolUsePromptTokenCount) ?? 0;
  const candidates = count(raw.candidatesTokenCount) ?? 0;
  const total = count(raw.totalTokenCount) || undefined;
  const readings = [prompt + toolUse, prompt].flatMap((input) =>
    [candidates + (thoughts ?? 0), candidates].map((output) => ({ input, output })),
  );
  const [documented = { input: prompt, output: candidates }] = readings;
  const explained = readings.find(({ input, output }) => input + output === total);
  const searched = list(object(grounding)?.webSearchQueries).length > 0;
  const unknown = searched
    ? 'groundingMetadata.webSearchQueries'
    : total !== undefined && !explained && 'totalTokenCount';
  const reading = { ...(explained ?? documented), ...(unknown && { unknown }) };
  return {
    ...toCounts(reading, {
      cached:
        cached === undefined ? undefined : { field: 'cachedContentTokenCount', count: cached },
      written: undefined,
      hour: undefined,
      reasoning: thoughts,
    }),
    ...explainUsage(raw, { table: usageFields.gemini, reading, context: {} }),
  };
}
