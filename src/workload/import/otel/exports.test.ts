import { describe, expect, it } from 'vitest';
import { importOf, logOf, toolChat } from '../import-logs.test.helper.ts';

describe('spans as other tools export them', () => {
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });

  it.each([
    [
      'a trace of MLflow',
      {
        info: { trace_id: 'tr-1' },
        data: {
          spans: [
            {
              name: 'Completions',
              span_id: 's',
              start_time_unix_nano: 1795161600000000000,
              attributes: {
                'mlflow.spanType': '"CHAT_MODEL"',
                'mlflow.spanInputs': JSON.stringify({
                  model: 'gpt-4o',
                  messages: toolChat,
                  max_tokens: 9,
                }),
                'mlflow.spanOutputs': JSON.stringify({
                  model: 'gpt-4o',
                  choices: [{ message: { role: 'assistant', content: 'In Bonn.' } }],
                }),
                'mlflow.chat.tokenUsage': '{"input_tokens":20,"output_tokens":4}',
              },
            },
            { name: 'f', attributes: { 'mlflow.spanType': '"CHAIN"', 'mlflow.spanInputs': '{}' } },
          ],
        },
      },
    ],
    [
      'a row of a table of Phoenix',
      {
        'context.span_id': 's',
        span_kind: 'LLM',
        start_time: '2026-11-20T08:00:00Z',
        'attributes.llm.model_name': 'gpt-4o',
        'attributes.llm.invocation_parameters': '{"max_tokens":9}',
        'attributes.llm.input_messages': toolChat.map((each) => ({
          'message.role': each.role,
          'message.content': each.content,
          'message.tool_call_id': each.tool_call_id,
          'message.tool_calls': each.tool_calls?.map(({ id, function: called }) => ({
            'tool_call.id': id,
            'tool_call.function.name': called.name,
            'tool_call.function.arguments': called.arguments,
          })),
        })),
        'attributes.llm.output_messages': [{ 'message.content': 'In Bonn.' }],
        'attributes.llm.token_count.prompt': 20,
        'attributes.llm.token_count.completion': 4,
      },
    ],
    [
      'a span of Langfuse',
      {
        spanId: 's',
        attributes: {
          'langfuse.observation.type': 'generation',
          'langfuse.observation.input': JSON.stringify({ messages: toolChat }),
          'langfuse.observation.model.name': 'gpt-4o',
          'langfuse.observation.model.parameters': '{"max_tokens":9,"top_p":"Infinity"}',
          'langfuse.observation.output': '{"role":"assistant","content":"In Bonn."}',
          'langfuse.observation.usage_details': '{"input":20,"output":4}',
        },
      },
    ],
    [
      "a span of Google's agent kit",
      {
        spanId: 's',
        attributes: {
          'gen_ai.request.model': 'gpt-4o',
          'gcp.vertex.agent.llm_request': JSON.stringify({
            config: { max_output_tokens: 9 },
            contents: [
              { role: 'user', parts: [{ text: 'Where is it?' }] },
              {
                role: 'model',
                parts: [{ function_call: { id: 'c1', name: 'find', args: { id: 1 } } }],
              },
              {
                role: 'user',
                parts: [
                  { function_response: { id: 'c1', name: 'find', response: { result: 'Bonn' } } },
                ],
              },
            ],
          }),
          'gcp.vertex.agent.llm_response': JSON.stringify({
            content: { role: 'model', parts: [{ text: 'In Bonn.' }] },
            usage_metadata: { prompt_token_count: 20, candidates_token_count: 4 },
          }),
        },
      },
    ],
  ])('in %s come back as the chat that was sent', async (_, record) => {
    const { formats, requests } = await importOf([logOf([record])]);
    expect(formats).toEqual(['otel']);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.request).toEqual({ max_tokens: 9, messages: toolChat });
    expect(requests[0]?.recorded).toMatchObject({
      target: 'gpt-4o',
      answer: 'In Bonn.',
      input_tokens: 20,
      output_tokens: 4,
    });
  });

  const genAi = {
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.input.messages': JSON.stringify([{ role: 'user', content: 'Where is it?' }]),
  };
  const listed = Object.entries(genAi).map(([key, value]) => ({ key, type: 'string', value }));

  it.each([
    [
      'Jaeger',
      {
        data: [
          {
            traceID: 't',
            spans: [
              {
                traceID: 't',
                spanID: 's',
                operationName: 'chat',
                startTime: 1795161600000000,
                duration: 1500000,
                tags: listed,
              },
            ],
          },
        ],
      },
    ],
    [
      'Zipkin',
      { traceId: 't', id: 's', timestamp: 1795161600000000, duration: 1500000, tags: genAi },
    ],
    [
      'Application Insights',
      {
        operation_Id: 't',
        id: 's',
        timestamp: '2026-11-20T08:00:00Z',
        duration: 1500,
        customDimensions: JSON.stringify(genAi),
      },
    ],
    [
      'Logfire',
      {
        trace_id: 't',
        span_id: 's',
        start_timestamp: '2026-11-20T08:00:00Z',
        end_timestamp: '2026-11-20T08:00:01.5Z',
        attributes: genAi,
      },
    ],
    [
      'Tempo',
      {
        batches: [
          {
            scopeSpans: [
              {
                spans: [
                  {
                    traceId: 't',
                    spanId: 's',
                    startTimeUnixNano: '1795161600000000000',
                    endTimeUnixNano: '1795161601500000000',
                    attributes: Object.entries(genAi).map(([k, v]) => attribute(k, v)),
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  ])('of %s keep their ids and times', async (_, record) => {
    const { formats, requests } = await importOf([logOf([record])]);
    expect(formats).toEqual(['otel']);
    expect(requests).toMatchObject([
      { id: 't/s', at_ms: 1795161600000, recorded: { latency_ms: 1500 } },
    ]);
  });

  it('that repeat a call of the agent kit without its content are passed over', async () => {
    const empty = {
      'gen_ai.operation.name': 'generate_content',
      'gen_ai.request.model': 'gemini-2.5-flash',
      'gcp.vertex.agent.event_id': 'e',
    };
    const record = { spanId: 's', attributes: empty };
    expect((await importOf([logOf([record])])).dropped).toEqual([]);
  });
});
