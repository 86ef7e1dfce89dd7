import { describe, expect, it } from 'vitest';
import { importOf, logOf, toolChat } from '../import-logs.test.helper.ts';

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
        request: {
          max_tokens: 50,
          messages: [{ role: 'system', content: 'Be short.' }, ...toolChat],
        },
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
        span({ 'gen_ai.request.model': 'text-embedding-3-small', 'llm.request.type': 'embedding' }),
      ]),
    ]);
    expect(dropped).toEqual(['no prompt']);
  });

  const find = [{ name: 'find', arguments: '{"id":1}' }];

  it.each([
    [
      'the GenAI conventions',
      {
        'gen_ai.input.messages': parts,
        'gen_ai.output.messages': [
          {
            role: 'assistant',
            parts: [
              { type: 'reasoning', content: 'hm' },
              { type: 'tool_call', id: 'c2', name: 'find', arguments: { id: 1 } },
            ],
          },
        ],
      },
    ],
    [
      'OpenLLMetry',
      {
        'gen_ai.prompt.0.role': 'user',
        'gen_ai.prompt.0.content': 'Where is it?',
        'gen_ai.completion.0.tool_calls.0.name': 'find',
        'gen_ai.completion.0.tool_calls.0.arguments': '{"id":1}',
      },
    ],
    [
      'OpenInference',
      {
        'input.value': [{ role: 'user', content: 'Where is it?' }],
        'llm.output_messages.0.message.role': 'assistant',
        'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': 'find',
        'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments': '{"id":1}',
      },
    ],
    [
      'the Vercel AI SDK',
      {
        'ai.prompt.messages': [{ role: 'user', content: 'Where is it?' }],
        'ai.response.toolCalls': [{ toolCallId: 'c', toolName: 'find', input: '{"id":1}' }],
      },
    ],
  ])('of %s keep the tools that were called', async (name, attributes) => {
    const kind = name === 'OpenInference' ? { 'openinference.span.kind': 'LLM' } : {};
    const { requests } = await importOf([
      logOf([span({ 'gen_ai.request.model': 'gpt-4o', ...kind, ...attributes })]),
    ]);
    expect(requests.map((each) => each.recorded?.tool_calls)).toEqual([find]);
  });

  it("of Semantic Kernel and Azure's SDKs have their messages in events", async () => {
    const event = (name: string, content: object) => ({
      name,
      attributes: [attribute('gen_ai.event.content', content)],
    });
    const whole = span({ 'gen_ai.system': 'az.ai.inference', 'gen_ai.request.model': 'gpt-4o' });
    const [inside] = whole.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
    Object.assign(inside ?? {}, {
      events: [
        event('gen_ai.system.message', { content: 'Be short.' }),
        event('gen_ai.user.message', { content: 'Where is it?' }),
        event('gen_ai.choice', { index: 0, message: { role: 'assistant', content: 'In Bonn.' } }),
      ],
    });
    const { requests } = await importOf([logOf([whole])]);
    expect(requests).toMatchObject([
      {
        request: {
          messages: [
            { role: 'system', content: 'Be short.' },
            { role: 'user', content: 'Where is it?' },
          ],
        },
        recorded: { answer: 'In Bonn.' },
      },
    ]);
  });
});
