import { describe, expect, it } from 'vitest';
import { completion, importOf, logOf, messages, tools } from '../import-logs.test.helper.ts';

const asked = { model: 'gpt-4o', messages, tools, temperature: 0.5 };
const start = Date.parse('2026-11-20T08:00:00Z');
const recorded = {
  target: 'gpt-4o-2024-08-06',
  answer: 'In Bonn.',
  input_tokens: 20,
  output_tokens: 4,
};

describe('the logs of observability tools', () => {
  it("LangSmith's runs of models keep parameters, times, cost and thread", async () => {
    const run = {
      id: 'l',
      run_type: 'llm',
      start_time: '2026-11-20T08:00:00',
      first_token_time: '2026-11-20T08:00:00.300',
      end_time: '2026-11-20T08:00:02',
      extra: {
        invocation_params: {
          model: 'gpt-4o',
          _type: 'openai-chat',
          temperature: 0.5,
          tools,
          stop: null,
        },
        metadata: { thread_id: 'th', ls_provider: 'openai', region: 'eu' },
      },
      inputs: {
        messages: [
          [
            {
              lc: 1,
              type: 'constructor',
              id: ['x', 'SystemMessage'],
              kwargs: { content: 'Be short.' },
            },
            { lc: 1, type: 'constructor', id: ['x', 'HumanMessage'], kwargs: messages[1] },
          ],
        ],
      },
      outputs: completion,
      total_cost: '0.002',
      tags: ['task:orders'],
    };
    const { requests, dropped } = await importOf([
      logOf([
        run,
        { ...run, id: 'e', error: 'timeout' },
        { ...run, id: 'c', run_type: 'chain' },
        { ...run, id: 'f', inputs: { prompts: ['System: Be short.\nHuman: Where?'] } },
      ]),
    ]);
    expect(requests).toEqual([
      {
        id: 'l',
        at_ms: start,
        task: 'orders',
        session: 'th',
        metadata: { region: 'eu' },
        request: { messages, tools, temperature: 0.5 },
        recorded: { ...recorded, latency_ms: 2000, ttft_ms: 300, cost_usd: 0.002 },
      },
    ]);
    expect(dropped).toEqual(['failure', 'no prompt']);
  });

  it("Braintrust's seconds become milliseconds, its parameters leave the metadata", async () => {
    const span = {
      span_id: 'b',
      root_span_id: 'r',
      span_attributes: { type: 'llm', name: 'Chat Completion' },
      input: messages,
      output: [{ index: 0, message: completion.choices[0]?.message, finish_reason: 'stop' }],
      metadata: { model: 'gpt-4o', temperature: 0.5, tools, task: 'orders', region: 'eu' },
      metrics: {
        start: start / 1_000,
        end: start / 1_000 + 2,
        time_to_first_token: 0.3,
        prompt_tokens: 20,
        completion_tokens: 4,
      },
    };
    const { requests } = await importOf([
      logOf([span, { ...span, span_id: 't', span_attributes: { type: 'tool' } }]),
    ]);
    expect(requests).toEqual([
      {
        id: 'b',
        at_ms: start,
        task: 'orders',
        metadata: { region: 'eu' },
        request: { messages, tools, temperature: 0.5 },
        recorded: { ...recorded, target: 'gpt-4o', latency_ms: 2000, ttft_ms: 300 },
      },
    ]);
  });

  it("Weave's calls of a model are read, those of a team's own functions passed over", async () => {
    const call = {
      id: 'w',
      op_name: 'weave:///team/p/op/openai.chat.completions.create:x',
      started_at: '2026-11-20T08:00:00Z',
      ended_at: '2026-11-20T08:00:02Z',
      inputs: { self: 'Completions', ...asked },
      output: completion,
      summary: {
        weave: {
          costs: { m: { prompt_tokens_total_cost: 0.001, completion_tokens_total_cost: 0.002 } },
        },
      },
    };
    const { requests } = await importOf([logOf([call, { ...call, op_name: 'my.rag.answer:y' }])]);
    expect(requests).toEqual([
      {
        id: 'w',
        at_ms: start,
        request: { messages, tools, temperature: 0.5 },
        recorded: { ...recorded, latency_ms: 2000, cost_usd: 0.003 },
      },
    ]);
  });

  it("Bedrock's bodies are read by the API they are of, cached input counted in", async () => {
    const row = {
      schemaType: 'ModelInvocationLog',
      timestamp: '2026-11-20T08:00:00Z',
      requestId: 'i',
      modelId: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
      requestMetadata: { task: 'orders' },
      input: {
        inputBodyJson: {
          anthropic_version: 'bedrock-2023-05-31',
          max_tokens: 9,
          system: 'Be short.',
          messages: [messages[1]],
        },
        inputTokenCount: 15,
        cacheReadInputTokenCount: 5,
      },
      output: {
        outputBodyJson: { type: 'message', content: [{ type: 'text', text: 'In Bonn.' }] },
        outputTokenCount: 4,
      },
    };
    const { requests, dropped } = await importOf([
      logOf([
        row,
        { ...row, requestId: 'e', errorCode: 'ThrottlingException' },
        { ...row, requestId: 's', input: { inputBodyS3Path: 's3://b/k' } },
      ]),
    ]);
    expect(requests).toEqual([
      {
        id: 'i',
        at_ms: start,
        task: 'orders',
        request: { messages, max_tokens: 9 },
        recorded: { ...recorded, target: row.modelId },
      },
    ]);
    expect(dropped).toEqual(['failure', 'no prompt']);
  });

  it("Cloudflare's events keep cost and time; a body that is encrypted is no prompt", async () => {
    const event = {
      Gateway: 'g',
      Provider: 'openai',
      Model: 'gpt-4o',
      StatusCode: 200,
      Cached: false,
      Timestamp: start,
      Metadata: { task: 'orders', region: 'eu' },
      Metrics: { cost: 0.002, durationMs: 2000 },
      RequestBody: JSON.stringify(asked),
      ResponseBody: JSON.stringify(completion),
    };
    const { requests, dropped } = await importOf([
      logOf([
        event,
        { ...event, Cached: true },
        { ...event, StatusCode: 429 },
        { ...event, RequestBody: { type: 'encrypted', data: 'AAAA' } },
      ]),
    ]);
    expect(requests).toMatchObject([
      {
        at_ms: start,
        task: 'orders',
        metadata: { region: 'eu' },
        request: { messages, tools, temperature: 0.5 },
        recorded: { ...recorded, target: 'gpt-4o', latency_ms: 2000, cost_usd: 0.002 },
      },
    ]);
    expect(dropped).toEqual(['cache hit', 'failure', 'no prompt']);
  });

  it("a batch of Anthropic's and one of Gemini's join requests and results", async () => {
    const params = { model: 'm', max_tokens: 9, system: 'Be short.', messages: [messages[1]] };
    const message = {
      type: 'message',
      model: 'm',
      content: [{ type: 'text', text: 'In Bonn.' }],
      usage: { input_tokens: 20, output_tokens: 4 },
    };
    const claude = await importOf([
      logOf([
        { custom_id: 'a', params },
        { custom_id: 'b', params },
      ]),
      logOf([
        { custom_id: 'b', result: { type: 'expired' } },
        { custom_id: 'a', result: { type: 'succeeded', message } },
      ]),
    ]);
    expect(claude.requests).toEqual([
      { id: 'a', request: { messages, max_tokens: 9 }, recorded: { ...recorded, target: 'm' } },
    ]);
    expect(claude.dropped).toEqual(['failure']);
    const request = { contents: [{ role: 'user', parts: [{ text: 'Where?' }] }] };
    const response = {
      modelVersion: 'g',
      candidates: [{ content: { parts: [{ text: 'In Bonn.' }] } }],
      usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 4 },
    };
    const google = await importOf([
      logOf([{ key: 'a', request }]),
      logOf([{ key: 'a', response }]),
    ]);
    expect(google.requests).toMatchObject([
      {
        id: 'a',
        request: { messages: [{ role: 'user' }] },
        recorded: { ...recorded, target: 'g' },
      },
    ]);
  });
});
