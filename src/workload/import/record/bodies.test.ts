import { describe, expect, it } from 'vitest';
import { readAnswer, toImportedRecord } from './openai-answer.ts';
import { toChatBody } from './openai-body.ts';

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [
  {
    type: 'function',
    function: { name: 'weather', description: 'The weather', parameters: schema },
  },
];
const call = (id: string) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Bonn"}' },
});
const chat = (id: string) => [
  { role: 'system', content: 'Be short.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'Here?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } },
    ],
  },
  { role: 'assistant', content: 'I look.', tool_calls: [call(id)] },
  { role: 'tool', tool_call_id: id, content: '{"sky":"grey"}' },
  { role: 'user', content: 'And now?' },
];

const anthropic = {
  model: 'claude-sonnet-4-5',
  max_tokens: 300,
  system: [{ type: 'text', text: 'Be short.' }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Here?' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'x' },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Bonn' } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [{ type: 'text', text: '{"sky":"grey"}' }],
        },
        { type: 'text', text: 'And now?' },
      ],
    },
  ],
  tools: [{ name: 'weather', description: 'The weather', input_schema: schema }],
  tool_choice: { type: 'any', disable_parallel_tool_use: true },
  stop_sequences: ['END'],
  metadata: { user_id: 'u' },
  stream: true,
};

const gemini = {
  systemInstruction: { parts: [{ text: 'Be short.' }] },
  contents: [
    {
      role: 'user',
      parts: [{ text: 'Here?' }, { inlineData: { mimeType: 'image/png', data: 'iVBO' } }],
    },
    {
      role: 'model',
      parts: [
        { text: 'hm', thought: true },
        { text: 'I look.' },
        { functionCall: { name: 'weather', args: { city: 'Bonn' } } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { name: 'weather', response: { sky: 'grey' } } },
        { text: 'And now?' },
      ],
    },
  ],
  tools: [
    {
      functionDeclarations: [
        {
          name: 'weather',
          description: 'The weather',
          parameters: {
            type: 'OBJECT',
            properties: { city: { type: 'STRING' } },
            required: ['city'],
          },
        },
      ],
    },
  ],
  toolConfig: { functionCallingConfig: { mode: 'ANY' } },
  generationConfig: { maxOutputTokens: 300, stopSequences: ['END'] },
};

const converse = {
  system: [{ text: 'Be short.' }],
  messages: [
    {
      role: 'user',
      content: [{ text: 'Here?' }, { image: { format: 'png', source: { bytes: 'iVBO' } } }],
    },
    {
      role: 'assistant',
      content: [
        { text: 'I look.' },
        { toolUse: { toolUseId: 'tool_1', name: 'weather', input: { city: 'Bonn' } } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'tool_1', content: [{ json: { sky: 'grey' } }] } },
        { text: 'And now?' },
      ],
    },
  ],
  inferenceConfig: { maxTokens: 300, stopSequences: ['END'] },
  toolConfig: {
    tools: [
      { toolSpec: { name: 'weather', description: 'The weather', inputSchema: { json: schema } } },
    ],
    toolChoice: { any: {} },
  },
};

describe('a body of another API', () => {
  it.each([
    ['Anthropic', anthropic, 'toolu_1', { parallel_tool_calls: false }],
    ['Gemini', gemini, 'call_1', {}],
    ['Converse', converse, 'tool_1', {}],
  ])('of %s is the chat that asks the same', (_, body, id, more) => {
    expect(toChatBody(body)).toMatchObject({
      state: 'chat',
      request: {
        messages: chat(id),
        tools,
        tool_choice: 'required',
        max_tokens: 300,
        stop: ['END'],
        ...more,
      },
    });
    const read = toChatBody(body);
    const keys = read.state === 'chat' ? Object.keys(read.request).sort() : [];
    expect(keys).toEqual(
      ['max_tokens', 'messages', 'stop', 'tool_choice', 'tools', ...Object.keys(more)].sort(),
    );
  });

  it('keeps the marks of a cached prompt, and the schema of an answer', () => {
    const cached = { type: 'text', text: 'Long.', cache_control: { type: 'ephemeral' } };
    const body = {
      system: [cached],
      messages: [{ role: 'user', content: 'Hi' }],
      output_config: { format: { type: 'json_schema', schema }, effort: 'low' },
    };
    expect(toChatBody(body)).toMatchObject({
      request: {
        messages: [{ role: 'system', content: [cached] }, { role: 'user' }],
        response_format: { type: 'json_schema', json_schema: { schema } },
        reasoning_effort: 'low',
      },
    });
  });

  it.each([
    [
      'a tool of the provider',
      { ...anthropic, tools: [{ type: 'web_search_20250305', name: 'w' }] },
    ],
    ['a search by Google', { ...gemini, tools: [{ googleSearch: {} }] }],
    [
      'a film',
      {
        contents: [
          {
            parts: [
              { fileData: { mimeType: 'video/mp4', fileUri: 'gs://b/a.mp4' } },
              { text: 'x' },
            ],
          },
        ],
      },
    ],
    [
      'a document of Converse',
      { messages: [{ role: 'user', content: [{ document: {} }, { text: 'x' }] }] },
    ],
    ["a prompt in Llama's template", { prompt: '<|begin_of_text|><|start_header_id|>user' }],
  ])('with %s is of another endpoint', (_, body) => {
    expect(toChatBody(body).state).toBe('other endpoint');
  });

  it('that holds instructions alone asks nothing', () => {
    expect(toChatBody({ system: 'Be short.', messages: [] }).state).toBe('no prompt');
  });

  it.each([
    [
      'kinds',
      [
        { type: 'system', content: 'Be short.' },
        { type: 'human', content: 'Hi' },
      ],
    ],
    [
      'pairs',
      [
        ['system', 'Be short.'],
        ['user', 'Hi'],
      ],
    ],
    [
      'classes, several prompts at once',
      [
        [
          {
            lc: 1,
            type: 'constructor',
            id: ['langchain', 'SystemMessage'],
            kwargs: { content: 'Be short.' },
          },
          {
            lc: 1,
            type: 'constructor',
            id: ['langchain', 'HumanMessage'],
            kwargs: { content: 'Hi' },
          },
        ],
      ],
    ],
    [
      'data',
      [
        { type: 'system', data: { content: 'Be short.' } },
        { type: 'human', data: { content: 'Hi' } },
      ],
    ],
  ])("in LangChain's %s is a chat", (_, messages) => {
    expect(toChatBody({ messages })).toMatchObject({
      request: {
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Hi' },
        ],
      },
    });
  });
});

describe('an answer', () => {
  const calls = [{ name: 'weather', arguments: '{"city":"Bonn"}' }];

  it.each([
    [
      'Anthropic, cached input counted in',
      {
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 't', name: 'weather', input: { city: 'Bonn' } },
        ],
        usage: {
          input_tokens: 10,
          cache_read_input_tokens: 7,
          cache_creation_input_tokens: 3,
          output_tokens: 5,
        },
      },
    ],
    [
      'Gemini, thoughts counted in',
      {
        modelVersion: 'm',
        candidates: [
          {
            content: {
              role: 'model',
              parts: [
                { text: 'I look.' },
                { functionCall: { name: 'weather', args: { city: 'Bonn' } } },
              ],
            },
          },
        ],
        usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 2, thoughtsTokenCount: 3 },
      },
    ],
    [
      'chat completions, as the chunks of a stream',
      [
        { model: 'm', choices: [{ delta: { role: 'assistant', content: 'I ' } }] },
        { choices: [{ delta: { content: 'look.' } }] },
        {
          choices: [
            {
              delta: {
                tool_calls: [
                  { index: 0, id: 't', function: { name: 'weather', arguments: '{"city"' } },
                ],
              },
            },
          ],
        },
        {
          choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: ':"Bonn"}' } }] } }],
        },
        { choices: [], usage: { prompt_tokens: 20, completion_tokens: 5 } },
      ],
    ],
    [
      'Anthropic, as the text of a stream',
      [
        {
          type: 'message_start',
          message: { model: 'm', usage: { input_tokens: 20, output_tokens: 1 } },
        },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'I look.' } },
        {
          type: 'content_block_start',
          index: 1,
          content_block: { type: 'tool_use', id: 't', name: 'weather', input: {} },
        },
        {
          type: 'content_block_delta',
          index: 1,
          delta: { type: 'input_json_delta', partial_json: '{"city":' },
        },
        {
          type: 'content_block_delta',
          index: 1,
          delta: { type: 'input_json_delta', partial_json: '"Bonn"}' },
        },
        { type: 'message_delta', usage: { output_tokens: 5 } },
      ]
        .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        .join(''),
    ],
    [
      "LangChain's result",
      {
        generations: [
          [
            {
              text: 'I look.',
              message: {
                lc: 1,
                type: 'constructor',
                id: ['langchain', 'schema', 'messages', 'AIMessage'],
                kwargs: {
                  content: 'I look.',
                  tool_calls: [{ name: 'weather', args: { city: 'Bonn' }, id: 't' }],
                  usage_metadata: { input_tokens: 20, output_tokens: 5 },
                  response_metadata: { model_name: 'm' },
                },
              },
            },
          ],
        ],
      },
    ],
  ])('of %s keeps text, calls, model and tokens', (_, response) => {
    expect(toImportedRecord(response)).toEqual({
      target: 'm',
      answer: 'I look.',
      tool_calls: calls,
      input_tokens: 20,
      output_tokens: 5,
    });
  });

  it.each([
    '{"content":"x","score":3,"error":null}',
    '[{"name":"Ann"},{"name":"Bob"}]',
    '{"output":"x"}',
    '[1, 2]',
  ])('in JSON, %s, stays what the model wrote', (text) => {
    expect(readAnswer(text)).toEqual({ answer: text });
  });
});
