import { findFault } from '../line.ts';
import { bedrock } from './log/bedrock.ts';
import { braintrust } from './log/braintrust.ts';
import { cloudflare } from './log/cloudflare.ts';
import { helicone } from './log/helicone.ts';
import { langfuse } from './log/langfuse.ts';
import { langsmith } from './log/langsmith.ts';
import { litellmPayload, litellmSpendLogs } from './log/litellm.ts';
import { anthropicBatch, geminiBatch, openaiBatch } from './log/openai-batch.ts';
import { openaiChatLog, openaiFineTuning, openaiStored } from './log/openai-chat.ts';
import { portkeyLog } from './log/portkey.ts';
import { promptfooResults, promptfooTests } from './log/promptfoo.ts';
import { promptTable } from './log/prompts.ts';
import { sharegpt } from './log/sharegpt.ts';
import { weave } from './log/weave.ts';
import { otel } from './otel/otel.ts';
import type { LogFormat } from './record/format.ts';
import { toFields } from './record/values.ts';

/** arb's own lines: `request` or `prompt` beside keys that only a workload has. */
const workload: LogFormat = {
  title: 'an arb workload',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row) return 0;
    if (row.kind === 'workload' && row.version !== undefined) return 1;
    const own = ['expect', 'recorded', 'at_ms', 'session', 'task', 'weight'].some(
      (key) => row[key] !== undefined,
    );
    const asks = toFields(row.request)?.messages !== undefined || typeof row.prompt === 'string';
    return asks ? (own ? 0.9 : 0.5) : 0;
  },
  createReader: () => ({
    read(value) {
      const line = toFields(value) ?? {};
      if (line.kind !== undefined && line.version !== undefined) return [];
      const { prompt, ...rest } = line;
      const request = toFields(line.request) ?? { messages: [{ role: 'user', content: prompt }] };
      const own = { ...rest, request };
      const why = findFault(own);
      return [
        why === undefined
          ? { state: 'request', line: own }
          : { state: 'dropped', reason: 'not readable', why },
      ];
    },
  }),
};

/** Every format that `arb import` reads, by the name that `--from` takes. */
export const formats = {
  workload,
  'openai-batch': openaiBatch,
  'anthropic-batch': anthropicBatch,
  'gemini-batch': geminiBatch,
  'openai-chat': openaiChatLog,
  'openai-stored': openaiStored,
  'openai-fine-tuning': openaiFineTuning,
  'litellm-spend-logs': litellmSpendLogs,
  'litellm-payload': litellmPayload,
  otel,
  langfuse,
  langsmith,
  braintrust,
  weave,
  bedrock,
  cloudflare,
  helicone,
  portkey: portkeyLog,
  sharegpt,
  'promptfoo-results': promptfooResults,
  'promptfoo-tests': promptfooTests,
  prompts: promptTable,
} as const satisfies Record<string, LogFormat>;

export type FormatName = keyof typeof formats;

/** The names that `--from` takes. */
export const formatNames = Object.keys(formats) as FormatName[];
