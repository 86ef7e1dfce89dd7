/** Chat bodies of the kinds that a log may spoil, by what is special about each. */
export const bodies = {
  plain: { messages: [{ role: 'user', content: 'What is 2 + 2?' }] },
  system: {
    messages: [
      { role: 'system', content: 'Be short. Grüße, 日本, "quotes", \\backslash\\' },
      { role: 'user', content: 'Where is order 12?\nAnd 13?' },
    ],
    temperature: 0.2,
    top_p: 0.9,
    max_tokens: 50,
    seed: 7,
    stop: ['END'],
  },
  tools: {
    messages: [{ role: 'user', content: 'Find order 12' }],
    tools: [
      {
        type: 'function',
        function: {
          name: 'find',
          description: 'Finds an order',
          parameters: {
            type: 'object',
            properties: { id: { type: 'integer' }, how: { enum: ['a', 'b'] } },
            required: ['id'],
          },
        },
      },
    ],
    tool_choice: 'auto',
  },
  turns: {
    messages: [
      { role: 'user', content: 'Find order 12' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"id":12}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '{"city":"Bonn"}' },
      { role: 'user', content: 'And 13?' },
    ],
  },
  image: {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      },
    ],
  },
  schema: {
    messages: [{ role: 'user', content: 'Give JSON' }],
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'order',
        strict: true,
        schema: { type: 'object', properties: { id: { type: 'integer' } } },
      },
    },
  },
  /** Longer than any log keeps whole in a database. */
  long: { messages: [{ role: 'user', content: 'word '.repeat(40_000) }] },
} as const satisfies Record<string, object>;
