import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Source } from '../../table/source.ts';
import { type ImportEvent, type ImportOptions, importLogs } from './import-logs.ts';

function logOf(records: readonly unknown[], name = 'log.jsonl'): Source {
  const text = records.map((each) => JSON.stringify(each)).join('\n');
  return { name, open: () => Readable.from([Buffer.from(text)], { objectMode: false }) };
}

async function importOf(sources: readonly Source[], options: ImportOptions = {}) {
  const events: ImportEvent[] = [];
  for await (const event of importLogs(sources, options)) events.push(event);
  return {
    formats: events.flatMap((each) => (each.kind === 'file' ? [each.format] : [])),
    requests: events.flatMap((each) => (each.kind === 'request' ? [each.line] : [])),
    outcomes: events.flatMap((each) => (each.kind === 'outcome' ? [each.row] : [])),
    dropped: events.flatMap((each) => (each.kind === 'dropped' ? [each.reason] : [])),
  };
}

const messages = [
  { role: 'system', content: 'Be short.' },
  { role: 'user', content: 'Where is the order 12?' },
];
const tools = [
  { type: 'function', function: { name: 'find', parameters: { type: 'object', properties: {} } } },
];
const completion = {
  id: 'chatcmpl-1',
  model: 'gpt-4o-2024-08-06',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'In Bonn.' }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 20, completion_tokens: 4, total_tokens: 24 },
};

describe('OpenAI Batch files', () => {
  const input = {
    custom_id: 'a',
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'gpt-4o', messages, tools, temperature: 0 },
  };
  const output = {
    id: 'batch_req_1',
    custom_id: 'a',
    response: { status_code: 200, request_id: 'x', body: completion },
    error: null,
  };

  it('join inputs and outputs whatever comes first', async () => {
    for (const files of [
      [logOf([input], 'in'), logOf([output], 'out')],
      [logOf([output], 'out'), logOf([input], 'in')],
    ]) {
      const { formats, requests } = await importOf(files);
      expect(formats).toEqual(['openai-batch', 'openai-batch']);
      expect(requests).toEqual([
        {
          id: 'a',
          request: { messages, tools, temperature: 0 },
          recorded: {
            target: 'gpt-4o-2024-08-06',
            answer: 'In Bonn.',
            input_tokens: 20,
            output_tokens: 4,
          },
        },
      ]);
    }
  });

  it('count embeddings, failures, duplicates and outputs without an input', async () => {
    const failed = { ...output, custom_id: 'b', response: { status_code: 400, body: {} } };
    const { requests, dropped } = await importOf([
      logOf([
        input,
        input,
        { ...input, custom_id: 'b' },
        { custom_id: 'c', url: '/v1/embeddings', body: { input: 'x', model: 'e' } },
        failed,
        { ...output, custom_id: 'z' },
      ]),
    ]);
    expect(requests.map((each) => each.id)).toEqual(['a']);
    expect(dropped.sort()).toEqual(['duplicate', 'failure', 'no prompt', 'other endpoint']);
  });

  it('read bodies of the responses endpoint as chats', async () => {
    const body = {
      model: 'gpt-5',
      instructions: 'Be short.',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Find it' },
            { type: 'input_image', image_url: 'data:image/png;base64,AA==' },
          ],
        },
        { type: 'function_call', call_id: 'c1', name: 'find', arguments: '{"id":1}' },
        { type: 'function_call_output', call_id: 'c1', output: 'Bonn' },
      ],
      tools: [{ type: 'function', name: 'find', parameters: { type: 'object' } }],
      text: { format: { type: 'json_schema', name: 's', schema: { type: 'object' } } },
      max_output_tokens: 50,
      reasoning: { effort: 'low' },
    };
    const { requests } = await importOf([logOf([{ custom_id: 'r', url: '/v1/responses', body }])]);
    expect(requests[0]?.request).toEqual({
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Find it' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'find', arguments: '{"id":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'Bonn' },
      ],
      tools: [{ type: 'function', function: { name: 'find', parameters: { type: 'object' } } }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 's', schema: { type: 'object' } },
      },
      max_completion_tokens: 50,
      reasoning_effort: 'low',
    });
  });

  it('leave out a body that goes on from a stored response or uses a tool of the provider', async () => {
    const lines = [
      {
        custom_id: 'a',
        url: '/v1/responses',
        body: { input: 'hi', previous_response_id: 'resp_1' },
      },
      {
        custom_id: 'b',
        url: '/v1/responses',
        body: { input: 'hi', tools: [{ type: 'web_search' }] },
      },
    ];
    expect((await importOf([logOf(lines)])).dropped).toEqual(['other endpoint', 'other endpoint']);
  });
});

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

describe('Langfuse observations', () => {
  const base = {
    id: 'o1',
    trace_id: 't1',
    type: 'GENERATION',
    start_time: '2026-11-20T08:00:00.000Z',
    end_time: '2026-11-20T08:00:02.000Z',
    provided_model_name: 'gpt-4o',
    model_parameters: '{"temperature":"0.5"}',
    input: JSON.stringify(messages),
    output: '"In Bonn."',
    usage_details: '{"input":15,"input_cached_tokens":5,"output":4}',
    total_cost: 0.002,
    session_id: 's',
    prompt_name: 'orders',
  };

  it('tell seconds from milliseconds by the two instants', async () => {
    const { requests } = await importOf([
      logOf([
        { ...base, latency: 2, time_to_first_token: 0.4 },
        { ...base, id: 'o2', latency: 2000, time_to_first_token: 400 },
      ]),
    ]);
    expect(requests.map((each) => each.recorded?.ttft_ms)).toEqual([400, 400]);
    expect(requests.map((each) => each.recorded?.latency_ms)).toEqual([2000, 2000]);
  });

  it('are read in both spellings, cached input counted in', async () => {
    const camel = {
      id: 'o3',
      traceId: 't1',
      type: 'GENERATION',
      startTime: base.start_time,
      endTime: base.end_time,
      model: 'gpt-4o',
      modelParameters: { temperature: 0.5 },
      input: { messages, tools },
      output: { role: 'assistant', content: 'In Bonn.' },
      usageDetails: { input: 15, cache_read_input_tokens: 5, output: 4 },
      totalCost: 0.002,
      sessionId: 's',
      promptName: 'orders',
    };
    const { formats, requests } = await importOf([logOf([base]), logOf([camel])]);
    expect(formats).toEqual(['langfuse', 'langfuse']);
    const [snake, other] = requests;
    expect(snake).toMatchObject({
      task: 'orders',
      session: 's',
      request: { messages, temperature: 0.5 },
      recorded: { answer: 'In Bonn.', input_tokens: 20, cost_usd: 0.002 },
    });
    expect(other).toEqual({ ...snake, id: 'o3', request: { messages, tools, temperature: 0.5 } });
  });

  it('pass over spans, and count generations that failed or hold no prompt', async () => {
    const { requests, dropped } = await importOf([
      logOf([
        { ...base, type: 'SPAN' },
        { ...base, id: 'e', level: 'ERROR' },
        { ...base, id: 'n', input: undefined },
      ]),
    ]);
    expect(requests).toEqual([]);
    expect(dropped).toEqual(['failure', 'no prompt']);
  });
});

describe('OpenTelemetry spans', () => {
  const attribute = (key: string, value: unknown) => ({
    key,
    value:
      typeof value === 'number'
        ? { intValue: String(value) }
        : { stringValue: typeof value === 'string' ? value : JSON.stringify(value) },
  });
  const span = (attributes: Record<string, unknown>) => ({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                name: 'chat',
                traceId: 't',
                spanId: 's',
                startTimeUnixNano: '1795161600000000000',
                endTimeUnixNano: '1795161601500000000',
                attributes: Object.entries(attributes).map(([k, v]) => attribute(k, v)),
              },
            ],
          },
        ],
      },
    ],
  });
  const parts = [
    { role: 'user', parts: [{ type: 'text', content: 'Where is it?' }] },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'c1', name: 'find', arguments: { id: 1 } }],
    },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'Bonn' }] },
  ];
  const chat = [
    { role: 'user', content: 'Where is it?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'find', arguments: '{"id":1}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'Bonn' },
  ];

  it.each([
    [
      'the GenAI conventions of today',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.request.max_tokens': 50,
        'gen_ai.system_instructions': [{ type: 'text', content: 'Be short.' }],
        'gen_ai.input.messages': parts,
        'gen_ai.output.messages': [
          { role: 'assistant', parts: [{ type: 'text', content: 'In Bonn.' }] },
        ],
        'gen_ai.usage.input_tokens': 20,
        'gen_ai.usage.output_tokens': 4,
      },
    ],
    [
      'the GenAI conventions as they were',
      {
        'gen_ai.system': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.request.max_tokens': 50,
        'gen_ai.prompt.0.role': 'system',
        'gen_ai.prompt.0.content': 'Be short.',
        'gen_ai.prompt.1.role': 'user',
        'gen_ai.prompt.1.content': 'Where is it?',
        'gen_ai.prompt.2.role': 'assistant',
        'gen_ai.prompt.2.tool_calls.0.id': 'c1',
        'gen_ai.prompt.2.tool_calls.0.name': 'find',
        'gen_ai.prompt.2.tool_calls.0.arguments': '{"id":1}',
        'gen_ai.prompt.3.role': 'tool',
        'gen_ai.prompt.3.content': 'Bonn',
        'gen_ai.prompt.3.tool_call_id': 'c1',
        'gen_ai.completion.0.role': 'assistant',
        'gen_ai.completion.0.content': 'In Bonn.',
        'gen_ai.usage.prompt_tokens': 20,
        'gen_ai.usage.completion_tokens': 4,
      },
    ],
    [
      'OpenInference',
      {
        'openinference.span.kind': 'LLM',
        'llm.model_name': 'gpt-4o',
        'llm.invocation_parameters': '{"model":"gpt-4o","max_tokens":50}',
        'llm.input_messages.0.message.role': 'system',
        'llm.input_messages.0.message.content': 'Be short.',
        'llm.input_messages.1.message.role': 'user',
        'llm.input_messages.1.message.content': 'Where is it?',
        'llm.input_messages.2.message.role': 'assistant',
        'llm.input_messages.2.message.tool_calls.0.tool_call.id': 'c1',
        'llm.input_messages.2.message.tool_calls.0.tool_call.function.name': 'find',
        'llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments': '{"id":1}',
        'llm.input_messages.3.message.role': 'tool',
        'llm.input_messages.3.message.content': 'Bonn',
        'llm.input_messages.3.message.tool_call_id': 'c1',
        'llm.output_messages.0.message.role': 'assistant',
        'llm.output_messages.0.message.content': 'In Bonn.',
        'llm.token_count.prompt': 20,
        'llm.token_count.completion': 4,
      },
    ],
    [
      'the Vercel AI SDK',
      {
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.model.id': 'gpt-4o',
        'ai.settings.maxOutputTokens': 50,
        'ai.prompt.messages': [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: [{ type: 'text', text: 'Where is it?' }] },
          {
            role: 'assistant',
            content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'find', input: { id: 1 } }],
          },
          {
            role: 'tool',
            content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'find', output: 'Bonn' }],
          },
        ],
        'ai.response.text': 'In Bonn.',
        'ai.usage.promptTokens': 20,
        'ai.usage.completionTokens': 4,
      },
    ],
  ])('in %s come back as the chat that was sent', async (_, attributes) => {
    const { formats, requests } = await importOf([logOf([span(attributes)])]);
    expect(formats).toEqual(['otel']);
    expect(requests).toEqual([
      {
        id: 't/s',
        at_ms: 1795161600000,
        request: { max_tokens: 50, messages: [{ role: 'system', content: 'Be short.' }, ...chat] },
        recorded: {
          target: 'gpt-4o',
          answer: 'In Bonn.',
          input_tokens: 20,
          output_tokens: 4,
          latency_ms: 1500,
        },
      },
    ]);
  });

  it('without content are counted, and spans of other things are passed over', async () => {
    const { dropped } = await importOf([
      logOf([
        span({ 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o' }),
        span({ 'http.method': 'GET' }),
      ]),
    ]);
    expect(dropped).toEqual(['no prompt']);
  });
});

describe('promptfoo', () => {
  const result = {
    testIdx: 3,
    promptIdx: 0,
    provider: { id: 'openai:gpt-4o', label: '' },
    success: true,
    score: 1,
    failureReason: 0,
    latencyMs: 800,
    cost: 0.01,
    tokenUsage: { prompt: 10, completion: 5 },
    response: { output: 'x' },
  };

  it('results are outcomes; a failing grader is none of the target, a cached latency is void', async () => {
    const { formats, outcomes, dropped } = await importOf([
      logOf([
        result,
        { ...result, testIdx: 4, response: { cached: true } },
        { ...result, testIdx: 5, failureReason: 2, score: 0 },
        { ...result, testIdx: 6, gradingResult: { pass: false, metadata: { graderError: 'x' } } },
      ]),
    ]);
    expect(formats).toEqual(['promptfoo-results']);
    expect(outcomes[0]).toEqual({
      request_id: 'test-3-prompt-0',
      target: 'openai:gpt-4o',
      status: 'ok',
      quality: 1,
      quality_kind: 'check',
      cost_usd: 0.01,
      latency_ms: 800,
      billed_input_tokens: 10,
      output_tokens: 5,
    });
    expect(outcomes[1]?.latency_ms).toBeUndefined();
    expect(outcomes[2]).toMatchObject({ status: 'failed' });
    expect(outcomes[2]?.quality).toBeUndefined();
    expect(dropped).toEqual(['grader error']);
  });

  it('tests become checks where arb has the assertion', async () => {
    const { requests } = await importOf([
      logOf([
        {
          prompt: 'a',
          __expected1: 'contains: 12 May',
          __expected2: 'regex: ^x',
          '__metadata:task': 'dates',
        },
        { prompt: 'b', __expected: 'yes' },
        { prompt: 'c', __expected: 'similar(0.8): hello' },
      ]),
    ]);
    expect(requests.map((each) => each.expect)).toEqual([
      [{ contains: '12 May' }, { regex: '^x' }],
      [{ exact: 'yes' }],
      undefined,
    ]);
    expect(requests[0]?.task).toBe('dates');
  });
});

describe('a log', () => {
  it('imported again gives the same ids, and a request that is met twice is dropped', async () => {
    const lines = [{ prompt: 'a' }, { prompt: 'b' }, { prompt: 'a' }];
    const first = await importOf([logOf(lines)]);
    const second = await importOf([logOf(lines)]);
    expect(first.requests).toEqual(second.requests);
    expect(first.dropped).toEqual(['duplicate']);
  });

  it('that is known and holds no prompts is refused by its name', async () => {
    const activity = { date: '2026-11-20', model_permaslug: 'x/y', requests: 3 };
    await expect(importOf([logOf([activity])])).rejects.toThrow(/OpenRouter's activity.*Broadcast/);
  });

  it('of no known format is refused with the keys it has', async () => {
    await expect(importOf([logOf([{ temperature: 3, wind: 'n' }])])).rejects.toThrow(
      /no format that arb knows \(keys: temperature, wind\)/,
    );
  });
});
