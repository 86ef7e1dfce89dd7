import { describe, expect, it } from 'vitest';
import { completion, importOf, logOf, messages, tools } from '../import-logs.test.helper.ts';

describe('LiteLLM spend logs', () => {
  const row = {
    request_id: 'chatcmpl-9',
    call_type: 'acompletion',
    spend: 0.0012,
    prompt_tokens: 20,
    completion_tokens: 4,
    startTime: '2026-11-20 08:00:00.250',
    endTime: '2026-11-20 08:00:01.750',
    completionStartTime: '2026-11-20 08:00:00.650',
    model: 'gpt-4o',
    cache_hit: 'False',
    status: 'success',
    session_id: 's-1',
    request_tags: '["task:orders","eu"]',
    messages: {},
    response: {},
    proxy_server_request: JSON.stringify({ model: 'gpt-4o', messages, tools, temperature: 0.2 }),
  };

  it('take instants as PostgreSQL writes them, with an offset of whole hours (arrow-py/arrow 307)', async () => {
    const instants = {
      startTime: '2026-11-20 08:00:00.25+02',
      endTime: '2026-11-20 08:00:01.75+02',
    };
    const { requests } = await importOf([logOf([{ ...row, ...instants }])]);
    expect(requests[0]).toMatchObject({
      at_ms: Date.UTC(2026, 10, 20, 6, 0, 0, 250),
      recorded: { latency_ms: 1_500 },
    });
  });

  it('take the body from proxy_server_request, JSON as text, and instants without a zone as UTC', async () => {
    const { formats, requests } = await importOf([logOf([row])]);
    expect(formats).toEqual(['litellm-spend-logs']);
    expect(requests).toEqual([
      {
        id: 'chatcmpl-9',
        at_ms: Date.UTC(2026, 10, 20, 8, 0, 0, 250),
        task: 'orders',
        session: 's-1',
        request: { messages, tools, temperature: 0.2 },
        recorded: {
          target: 'gpt-4o',
          input_tokens: 20,
          output_tokens: 4,
          latency_ms: 1500,
          ttft_ms: 400,
          cost_usd: 0.0012,
        },
      },
    ]);
  });

  it('refuse a prompt that the proxy has cut, and count it', async () => {
    const cut = {
      messages: [{ role: 'user', content: 'abc... (litellm_truncated 900 chars) ...xyz' }],
    };
    const { requests, dropped } = await importOf([
      logOf([{ ...row, proxy_server_request: cut }, row]),
    ]);
    expect(requests).toHaveLength(1);
    expect(dropped).toEqual(['truncated']);
  });

  it('leave out cache hits, failures, embeddings and rows without a prompt, each by its reason', async () => {
    const { requests, dropped } = await importOf([
      logOf([
        { ...row, cache_hit: 'True' },
        { ...row, status: 'failure' },
        { ...row, call_type: 'aembedding' },
        { ...row, proxy_server_request: '{}' },
      ]),
    ]);
    expect(requests).toEqual([]);
    expect(dropped).toEqual(['cache hit', 'failure', 'other endpoint', 'no prompt']);
  });
});

describe("LiteLLM's logging payload", () => {
  it('has whole prompts, seconds since the epoch, and the TTFT of a stream', async () => {
    const payload = {
      id: 'chatcmpl-3',
      trace_id: 't-1',
      call_type: 'completion',
      response_cost: 0.5,
      status: 'success',
      prompt_tokens: 3,
      completion_tokens: 2,
      startTime: 1795161600.5,
      endTime: 1795161602.5,
      completionStartTime: 1795161601,
      model: 'claude-x',
      cache_hit: null,
      request_tags: [],
      messages,
      response: completion,
      model_parameters: { temperature: 1, stream: true, tools },
    };
    const { formats, requests } = await importOf([logOf([payload])]);
    expect(formats).toEqual(['litellm-payload']);
    expect(requests[0]).toEqual({
      id: 'chatcmpl-3',
      at_ms: 1795161600500,
      session: 't-1',
      request: { messages, tools, temperature: 1 },
      recorded: {
        target: 'claude-x',
        answer: 'In Bonn.',
        input_tokens: 3,
        output_tokens: 2,
        latency_ms: 2000,
        ttft_ms: 500,
        cost_usd: 0.5,
      },
    });
  });
});
