import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ArbError } from '../../errors.ts';
import type { Source } from '../../table/source.ts';
import type { FormatName } from './formats.ts';
import { completion, importOf, logOf, messages, tools } from './import-logs.test.helper.ts';

const body = { model: 'gpt-4o', messages };
const spend = {
  request_id: 'r',
  call_type: 'acompletion',
  spend: 0.01,
  startTime: '2026-11-20T08:00:00Z',
  model: 'gpt-4o',
  proxy_server_request: body,
};
const payload = {
  id: 'p',
  call_type: 'acompletion',
  response_cost: 0.01,
  status: 'success',
  model: 'gpt-4o',
  messages,
  model_parameters: { temperature: 0 },
  response: completion,
};
const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
const spanOf = (attributes: object[]) => ({
  resourceSpans: [
    { scopeSpans: [{ spans: [{ name: 'chat', traceId: 't', spanId: 's', attributes }] }] },
  ],
});
const genAi = [
  attribute('gen_ai.operation.name', 'chat'),
  attribute('gen_ai.input.messages', JSON.stringify(messages)),
];
const observation = {
  id: 'o',
  trace_id: 't',
  type: 'GENERATION',
  start_time: '2026-11-20T08:00:00Z',
  input: messages,
  output: 'In Bonn.',
  model_parameters: '{}',
};
const result = {
  testIdx: 0,
  promptIdx: 0,
  provider: { id: 'openai:gpt-4o' },
  success: true,
  score: 1,
  failureReason: 0,
  response: { output: 'x' },
};
const heliconeRow = {
  request_id: 'h',
  request_created_at: '2026-11-20T08:00:00Z',
  request_body: body,
  response_body: completion,
  response_status: 200,
  helicone_user: null,
};
const portkeyRow = {
  created_at: '2026-11-20T08:00:00Z',
  request: { body },
  response: { body: completion },
  is_success: true,
  ai_org: 'openai',
  ai_model: 'gpt-4o',
  req_units: 20,
  res_units: 4,
  cost: 0.25,
  response_status_code: 200,
  response_time: 900,
};
const claude = {
  model: 'claude-sonnet-4-5',
  max_tokens: 50,
  system: 'Be short.',
  messages: [{ role: 'user', content: 'Where is the order 12?' }],
};
const gemini = { contents: [{ role: 'user', parts: [{ text: 'Where is the order 12?' }] }] };
const run = {
  id: 'l',
  run_type: 'llm',
  start_time: '2026-11-20T08:00:00Z',
  inputs: { messages },
  outputs: completion,
};
const braintrustSpan = {
  span_id: 'b',
  root_span_id: 'b',
  span_attributes: { type: 'llm' },
  input: messages,
  output: [{ message: { role: 'assistant', content: 'In Bonn.' } }],
};
const weaveCall = {
  id: 'w',
  op_name: 'weave:///team/project/op/openai.chat.completions.create:Ab1',
  started_at: '2026-11-20T08:00:00Z',
  inputs: body,
  output: completion,
};
const invocation = {
  schemaType: 'ModelInvocationLog',
  requestId: 'i',
  modelId: 'amazon.nova-lite-v1:0',
  timestamp: '2026-11-20T08:00:00Z',
  input: { inputBodyJson: { messages: [{ role: 'user', content: [{ text: 'Where?' }] }] } },
};
const gatewayEvent = {
  Gateway: 'g',
  Provider: 'openai',
  Model: 'gpt-4o',
  StatusCode: 200,
  RequestBody: body,
  ResponseBody: completion,
};
const shared = [
  { from: 'human', value: 'Hi' },
  { from: 'gpt', value: 'Hello' },
];

/** Three records of each format, as different from each other as its sources make them. */
const samples: Record<FormatName, readonly [unknown, unknown, unknown]> = {
  workload: [
    { id: 'w', task: 't', request: { messages } },
    { prompt: 'Hi', expect: { exact: 'x' } },
    { request: { messages }, recorded: { answer: 'x' } },
  ],
  'openai-batch': [
    { custom_id: 'c', method: 'POST', url: '/v1/chat/completions', body },
    { custom_id: 'c', url: '/v1/responses', body: { model: 'm', input: 'Hi' } },
    { custom_id: 'c', body: { messages, tools } },
  ],
  'anthropic-batch': [
    { custom_id: 'c', params: claude },
    { custom_id: 'c', params: { ...claude, system: undefined } },
    { custom_id: 'c', params: claude, result: { type: 'errored' } },
  ],
  'gemini-batch': [
    { key: 'k', request: gemini },
    { key: 'k', request: { ...gemini, systemInstruction: { parts: [{ text: 'x' }] } } },
    { request: gemini, response: { candidates: [] }, status: '' },
  ],
  'openai-chat': [
    body,
    { ...body, tools, temperature: 0 },
    { model: 'm', input: 'Hi', instructions: 'x' },
  ],
  'openai-stored': [
    { ...completion, object: 'chat.completion', messages },
    { ...completion, object: 'chat.completion', created: 1795161600, messages: { data: messages } },
    { ...completion, object: 'chat.completion', input: messages, metadata: { a: 'b' } },
  ],
  'openai-fine-tuning': [
    { messages: [...messages, { role: 'assistant', content: 'In Bonn.' }] },
    { messages: [...messages, { role: 'assistant', content: 'x', weight: 1 }], tools },
    {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
      ],
    },
  ],
  'litellm-spend-logs': [
    spend,
    { ...spend, proxy_server_request: JSON.stringify(body), messages: '{}' },
    { ...spend, proxy_server_request: undefined, messages, call_type: 'completion' },
  ],
  'litellm-payload': [payload, { ...payload, trace_id: 't' }, { ...payload, response: 'text' }],
  otel: [
    spanOf(genAi),
    spanOf([
      attribute('openinference.span.kind', 'LLM'),
      attribute('input.value', JSON.stringify(body)),
    ]),
    spanOf([
      attribute('ai.prompt.messages', JSON.stringify(messages)),
      attribute('ai.operationId', 'ai.generateText.doGenerate'),
    ]),
  ],
  langfuse: [
    observation,
    { ...observation, input: JSON.stringify(messages), total_cost: 0.1 },
    {
      id: 'o',
      traceId: 't',
      type: 'GENERATION',
      startTime: '2026-11-20T08:00:00Z',
      input: messages,
      output: 'x',
      modelParameters: {},
    },
  ],
  langsmith: [
    run,
    { ...run, inputs: JSON.stringify({ messages }), outputs: '{}' },
    { trace_id: 't', runs: [{ ...run, run_type: 'chain' }, run] },
  ],
  braintrust: [
    braintrustSpan,
    { ...braintrustSpan, input: JSON.stringify(messages) },
    { ...braintrustSpan, span_attributes: '{"type":"llm"}', metadata: { model: 'm' } },
  ],
  weave: [
    weaveCall,
    { ...weaveCall, op_name: 'anthropic.Messages.create', inputs: claude },
    { ...weaveCall, exception: 'x' },
  ],
  bedrock: [
    invocation,
    { timestamp: 1795161600000, message: JSON.stringify(invocation) },
    { ...invocation, schemaType: undefined },
  ],
  cloudflare: [
    gatewayEvent,
    { ...gatewayEvent, RequestBody: JSON.stringify(body), Timestamp: 1795161600000 },
    { ...gatewayEvent, RequestBody: { type: 'encrypted', data: 'AAAA' } },
  ],
  helicone: [
    heliconeRow,
    { ...heliconeRow, request_body: JSON.stringify(body) },
    { ...heliconeRow, request_body: undefined, signed_body_url: 'https://x' },
  ],
  portkey: [
    portkeyRow,
    { ...portkeyRow, request: undefined, 'request.body': JSON.stringify(body) },
    { ...portkeyRow, is_success: 'false' },
  ],
  sharegpt: [
    { conversations: shared },
    { id: 's', conversations: shared.slice(0, 1) },
    { conversations: [{ from: 'system', value: 'x' }, ...shared] },
  ],
  'promptfoo-results': [result, { ...result, success: false, score: 0 }, { ...result, cost: 0.1 }],
  'promptfoo-tests': [
    { vars: { a: 'b' }, assert: [{ type: 'equals', value: 'x' }] },
    { question: 'Where?', __expected: 'Bonn' },
    { question: 'Where?', __expected1: 'Bonn', __expected2: 'contains:x' },
  ],
  prompts: [
    { prompt: 'Hi' },
    { question: 'Where?', answer: 'Bonn' },
    { text: 'Hi', id: '1', task: 't', city: 'x' },
  ],
};

const textLog = (text: string): Source => ({
  name: 'log.jsonl',
  open: () => Readable.from([Buffer.from(text)], { objectMode: false }),
});

describe('recognition', () => {
  for (const [format, records] of Object.entries(samples)) {
    it.each([0, 1, 2])(`takes ${format} for what it is, file %i`, async (at) => {
      const { formats } = await importOf([logOf([records[at]])]);
      // A bare prompt is a workload and a table of prompts, and means the same in both.
      const plain = format === 'prompts' && at === 0 ? ['workload', 'prompts'] : [format];
      expect(plain).toContain(formats[0]);
    });
  }

  it('takes 200 damaged files for what they are, or says what is wrong', async () => {
    let state = 17;
    const draw = (below: number) => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
      return (state >>> 1) % below;
    };
    const names = Object.keys(samples) as FormatName[];
    const wrong: string[] = [];
    let refused = 0;
    for (let round = 0; round < 200; round++) {
      const format = names[round % names.length] ?? 'workload';
      const whole = samples[format].map((each) => JSON.stringify(each)).join('\n');
      const at = draw(whole.length);
      const length = 1 + draw(40);
      const damaged = [
        whole.slice(0, at),
        whole.slice(0, at) + whole.slice(at + length),
        whole.slice(0, at) + String.fromCharCode(32 + draw(95)) + whole.slice(at + 1),
        whole.slice(0, at + length) + whole.slice(at),
      ][draw(4)];
      try {
        const { formats, requests } = await importOf([textLog(damaged ?? '')]);
        const isSame = formats[0] === format || (format === 'prompts' && formats[0] === 'workload');
        if (!isSame && requests.length > 0) wrong.push(`${format} as ${formats[0]}: ${damaged}`);
      } catch (error) {
        if (!(error instanceof ArbError)) throw error;
        refused += 1;
      }
    }
    expect(wrong).toEqual([]);
    // Most damage is to one line of three, and the others are read.
    expect(refused).toBeLessThan(100);
  });

  it.each([
    ["OpenRouter's activity", { date: '2026-11-20', model_permaslug: 'x/y', requests: 3 }],
    ["OpenRouter's generation records", { native_tokens_prompt: 3, generation_time: 9 }],
    ["OpenAI's usage export", { object: 'organization.usage.completions.result' }],
    [
      "Cloudflare AI Gateway's list",
      { provider: 'openai', model: 'gpt-4o', tokens_in: 3, tokens_out: 4, cached: false },
    ],
    [
      "Azure API Management's log",
      { CorrelationId: 'c', PromptTokens: 3, CompletionTokens: 4, ModelName: 'gpt-4o' },
    ],
    ['a trace of arrivals', { TIMESTAMP: '2023-11-16', ContextTokens: 4, GeneratedTokens: 1 }],
    ['a trace of arrivals', { timestamp: 1, input_length: 10, output_length: 4, hash_ids: [1] }],
    ['a trace of arrivals', { Timestamp: 1, 'Request tokens': 10, 'Response tokens': 4 }],
  ])('refuses %s by its name', async (name, record) => {
    await expect(importOf([logOf([record])])).rejects.toThrow(name);
  });
});

describe('Helicone, Portkey and ShareGPT', () => {
  it('Helicone rows keep their bodies, times and cost; failures are left out', async () => {
    const { requests, dropped } = await importOf([
      logOf([
        {
          ...heliconeRow,
          request_path: 'https://api.openai.com/v1/chat/completions?api-version=1',
          delay_ms: 900,
          time_to_first_token: 300,
          costUSD: 0.01,
        },
        { ...heliconeRow, request_id: 'x', response_status: 500 },
        { ...heliconeRow, request_id: 'y', request_body: undefined, signed_body_url: 'https://x' },
        { ...heliconeRow, request_id: 'z', request_path: 'https://api.openai.com/v1/audio/speech' },
        {
          ...heliconeRow,
          request_id: 'v',
          request_body: { model: 'text-embedding-3', input: 'Hi' },
        },
      ]),
    ]);
    expect(requests).toMatchObject([
      {
        request: { messages },
        recorded: { latency_ms: 900, ttft_ms: 300, cost_usd: 0.01, answer: 'In Bonn.' },
      },
    ]);
    expect(dropped).toEqual(['failure', 'no prompt', 'other endpoint', 'other endpoint']);
  });

  it("Portkey's cents become USD, a hit of its cache is left out", async () => {
    const { requests, dropped } = await importOf([
      logOf([
        portkeyRow,
        { ...portkeyRow, cache_status: 'HIT', created_at: '2026-11-20T09:00:00Z' },
      ]),
    ]);
    expect(requests).toMatchObject([
      { recorded: { cost_usd: 0.0025, input_tokens: 20, latency_ms: 900 } },
    ]);
    expect(dropped).toEqual(['cache hit']);
  });

  it('a conversation of ShareGPT is asked up to its last answer', async () => {
    const { requests } = await importOf([logOf([{ conversations: [...shared, ...shared] }])]);
    expect(requests).toMatchObject([
      {
        request: {
          messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'user', content: 'Hi' }],
        },
        recorded: { answer: 'Hello' },
      },
    ]);
  });
});
