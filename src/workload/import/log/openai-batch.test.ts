import { describe, expect, it } from 'vitest';
import { completion, importOf, logOf, messages, tools } from '../import-logs.test.helper.ts';

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
