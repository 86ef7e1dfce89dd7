import { describe, expect, it } from 'vitest';
import { answerTo, chunk, done, failureOf } from './client.test.helper.ts';
import type { WireName } from './target/target.ts';

const openai = (word: string) => [chunk({ content: 'The ans' }), chunk({}, word)];
const event = (type: string, body: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`;
const anthropic = (word: string) => [
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'The ans' } }),
  event('message_delta', { delta: { stop_reason: word }, usage: { output_tokens: 3 } }),
  event('message_stop', {}),
];
const gemini = (word: string) => {
  const content = { parts: [{ text: 'The ans' }] };
  return [`data: ${JSON.stringify({ candidates: [{ content, finishReason: word }] })}\n\n`];
};

describe('a finish reason that means failure', () => {
  it.each([
    ['MALFORMED_FUNCTION_CALL', 'malformed', gemini, 'gemini', 'NousResearch/hermes-agent 83886'],
    ['UNEXPECTED_TOOL_CALL', 'malformed', gemini, 'gemini', 'NousResearch/hermes-agent 83882'],
    ['LANGUAGE', 'content-filter', gemini, 'gemini', 'reference of generateContent'],
    ['OTHER', 'server-error', gemini, 'gemini', 'reference of generateContent'],
    [
      'insufficient_system_resource',
      'server-error',
      openai,
      'openai-chat',
      'reference of DeepSeek',
    ],
    ['guardrail_intervened', 'content-filter', openai, 'openai-chat', 'reference of Bedrock'],
    ['content_filtered', 'content-filter', openai, 'openai-chat', 'reference of Bedrock'],
    ['ERROR_TOXIC', 'content-filter', openai, 'openai-chat', 'reference of Cohere'],
    ['error', 'server-error', openai, 'openai-chat', 'reference of Mistral'],
    ['pause_turn', 'cut-off', anthropic, 'anthropic-messages', 'reference of Anthropic'],
    ['refusal', 'refused', anthropic, 'anthropic-messages', 'reference of Anthropic'],
  ] as const)('%s is %s', async (word, reason, steps, wire, _source) => {
    const target = { wire: wire as WireName };
    expect(await failureOf({ steps: steps(word) }, { target })).toMatchObject({ reason });
  });
});

describe('a finish reason that means an answer', () => {
  it.each([
    ['eos', 'stop', 'reference of Together'],
    ['end', 'stop', 'earendil-works/pi 2116'],
    ['eos_token', 'stop', 'reference of Text Generation Inference'],
    ['COMPLETE', 'stop', 'reference of Cohere'],
    ['model_length', 'length', 'reference of Mistral'],
    ['end_turn', 'stop', 'gateways in front of Anthropic that pass its word on'],
  ])('%s is %s', async (word, _as, _source) => {
    expect(await answerTo({ steps: openai(word) })).toMatchObject({ finishReason: word });
  });
});

describe('a finish reason that nobody documented', () => {
  it('fails the answer, and the error names it and the way to accept it', async () => {
    const { reason, error, answer } = await failureOf({ steps: openai('ran_dry') });
    expect(reason).toBe('unknown-finish');
    expect(error).toMatch(/"ran_dry" is not known.*finish_reasons/);
    expect(answer).toBe('The ans');
  });

  it('is a success where arb.yaml says so', async () => {
    const target = { finishReasons: { ran_dry: 'ok' } } as const;
    expect(await answerTo({ steps: openai('ran_dry') }, { target })).toMatchObject({
      answer: 'The ans',
    });
  });

  it('that means failure is not made a success by arb.yaml', async () => {
    const target = { finishReasons: { abort: 'ok' } } as const;
    expect(await failureOf({ steps: openai('abort') }, { target })).toMatchObject({
      reason: 'server-error',
    });
  });
});

describe('reasoning', () => {
  it.each([
    [
      'an empty reasoning_content beside reasoning (api7/aisix 507)',
      { reasoning_content: '', reasoning: 'hm' },
    ],
    ['an object of text (envoyproxy/ai-gateway 1222)', { reasoning_content: { text: 'hm' } }],
    [
      'reasoning_details alone (NousResearch/hermes-agent 93219)',
      { reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] },
    ],
    [
      'a summary in reasoning_details',
      { reasoning_details: [{ type: 'reasoning.summary', summary: 'hm' }] },
    ],
    [
      'thinking in a part of the content (reference of Mistral)',
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] },
    ],
    ['thinking as text', { thinking: 'hm' }],
  ])('is read from %s', async (_, delta) => {
    const exchange = await answerTo({ steps: [chunk(delta), chunk({ content: '42' }), done] });
    expect(exchange).toMatchObject({ reasoning: 'hm', answer: '42' });
    expect(exchange.firstAnswerAt).toBeGreaterThanOrEqual(exchange.firstTokenAt);
  });

  it('alone is no answer, and fails as empty', async () => {
    const steps = [chunk({ reasoning_content: 'hm' }), chunk({}, 'stop')];
    expect(await failureOf({ steps })).toMatchObject({ reason: 'empty' });
  });
});

describe('an answer', () => {
  it('of blanks alone is empty', async () => {
    const steps = [chunk({ content: '\n\n\n' }), done];
    expect(await failureOf({ steps })).toMatchObject({ reason: 'empty' });
  });

  it('that is spoken is its transcript (openai/openai-python 2507)', async () => {
    const said = (audio: object) => chunk({ audio });
    const steps = [said({ id: 'x', transcript: 'forty' }), said({ transcript: '-two' }), done];
    expect(await answerTo({ steps })).toMatchObject({ answer: 'forty-two', chunks: 2 });
  });

  it('with an empty finish reason in each chunk ends at the last (ollama/ollama 4357)', async () => {
    const steps = [chunk({ content: '4' }, ''), chunk({ content: '2' }, ''), done];
    expect(await answerTo({ steps })).toMatchObject({ answer: '42' });
  });

  it('that ends without a finish reason is cut off (earendil-works/pi 8473)', async () => {
    const steps = [chunk({ content: '4' }), 'data: [DONE]\n\n'];
    expect(await failureOf({ steps })).toMatchObject({ reason: 'cut-off' });
  });
});

describe('a tool call', () => {
  const call = (more: object) => chunk({ tool_calls: [more] });
  const finish = chunk({}, 'tool_calls');

  it('whose name comes with every piece is one call', async () => {
    const piece = (text: string) => call({ index: 0, function: { name: 'f', arguments: text } });
    const exchange = await answerTo({ steps: [piece('{"a":'), piece('1'), piece('}'), finish] });
    expect(exchange.toolCalls).toEqual([{ name: 'f', arguments: '{"a":1}' }]);
  });

  it('after another one at the same index, in pieces and without ids, is its own', async () => {
    const begin = (name: string) => call({ index: 0, function: { name, arguments: '' } });
    const piece = (text: string) => call({ index: 0, function: { arguments: text } });
    const steps = [begin('f'), piece('{"a":'), piece('1}'), begin('f'), piece('{"a":2}'), finish];
    const { toolCalls } = await answerTo({ steps });
    expect(toolCalls).toEqual([
      { name: 'f', arguments: '{"a":1}' },
      { name: 'f', arguments: '{"a":2}' },
    ]);
  });

  it('that begins at the index of another and goes on at its own is one call (agno-agi/agno 8879)', async () => {
    const steps = [
      call({ index: 0, id: 'a', function: { name: 'f', arguments: '' } }),
      call({ index: 0, function: { arguments: '{"k":"A"}' } }),
      call({ index: 0, id: 'b', function: { name: 'g', arguments: '{"k":' } }),
      call({ index: 1, function: { arguments: '"B"}' } }),
      finish,
    ];
    const { toolCalls } = await answerTo({ steps });
    expect(toolCalls).toEqual([
      { name: 'f', arguments: '{"k":"A"}' },
      { name: 'g', arguments: '{"k":"B"}' },
    ]);
  });

  it.each([
    [
      'by ids of their own (AtomicBot-ai/atomic-agent 268)',
      [
        call({ id: 'a', function: { name: 'f', arguments: '{"k":1}' } }),
        call({ id: 'b', function: { name: 'g', arguments: '{"k":2}' } }),
      ],
    ],
    [
      'by their place in one chunk (SamSaffron/term-llm 314)',
      [
        chunk({
          tool_calls: [
            { function: { name: 'f', arguments: '{"k":1}' } },
            { function: { name: 'g', arguments: '{"k":2}' } },
          ],
        }),
      ],
    ],
    [
      'by an id in every piece (openai/codex 7517)',
      [
        call({ id: 'a', function: { name: 'f', arguments: '{"k"' } }),
        call({ id: 'a', function: { arguments: ':1}' } }),
        call({ id: 'b', function: { name: 'g', arguments: '{"k"' } }),
        call({ id: 'b', function: { arguments: ':2}' } }),
      ],
    ],
  ])('without an index is told from others %s', async (_, steps) => {
    const { toolCalls } = await answerTo({ steps: [...steps, finish] });
    expect(toolCalls).toEqual([
      { name: 'f', arguments: '{"k":1}' },
      { name: 'g', arguments: '{"k":2}' },
    ]);
  });

  it('whose arguments come at once as an object is read as JSON', async () => {
    const steps = [call({ function: { name: 'f', arguments: { city: 'Rome' } } }), finish];
    const { toolCalls } = await answerTo({ steps });
    expect(toolCalls).toEqual([{ name: 'f', arguments: '{"city":"Rome"}' }]);
  });

  it('that is only in the message of the last chunk is read from there', async () => {
    const message = { content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] };
    const last = { choices: [{ index: 0, delta: {}, message, finish_reason: 'tool_calls' }] };
    const { toolCalls } = await answerTo({
      steps: [chunk({ role: 'assistant' }), `data: ${JSON.stringify(last)}\n\n`],
    });
    expect(toolCalls).toEqual([{ name: 'f', arguments: '{}' }]);
  });

  it('that the last chunk repeats is not read twice', async () => {
    const message = { content: 'Hello' };
    const last = { choices: [{ index: 0, delta: {}, message, finish_reason: 'stop' }] };
    const steps = [chunk({ content: 'Hel' }), chunk({ content: 'lo' })];
    const { answer } = await answerTo({ steps: [...steps, `data: ${JSON.stringify(last)}\n\n`] });
    expect(answer).toBe('Hello');
  });
});

describe('an answer of the Responses API', () => {
  const target = { wire: 'openai-responses' } as const;
  const message = {
    type: 'message',
    content: [{ type: 'output_text', text: 'blue' }],
  };
  const completed = event('response.completed', {
    response: { status: 'completed', output: [message] },
  });

  it.each([
    ['only in the last event', [completed]],
    [
      'in its item and the last event',
      [event('response.output_item.done', { output_index: 0, item: message }), completed],
    ],
    [
      'in deltas, a done event and the last event',
      [
        event('response.output_text.delta', { output_index: 0, delta: 'bl' }),
        event('response.output_text.delta', { output_index: 0, delta: 'ue' }),
        event('response.output_text.done', { output_index: 0, text: 'blue' }),
        completed,
      ],
    ],
  ])('that is %s is read once', async (_, steps) => {
    expect(await answerTo({ steps }, { target })).toMatchObject({ answer: 'blue' });
  });

  it('that says it refuses only in the last event is refused', async () => {
    const refused = { type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] };
    const steps = [
      event('response.completed', { response: { status: 'completed', output: [refused] } }),
    ];
    expect(await failureOf({ steps }, { target })).toMatchObject({
      reason: 'refused',
      error: 'No.',
    });
  });
});
