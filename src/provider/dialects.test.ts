import { describe, expect, it } from 'vitest';
import type { ChatBody } from '../workload/request.ts';
import { fitRequest } from './dialect/fit-request.ts';
import { inspectTargets } from './inspect-targets.ts';
import { plainTarget } from './scripted.test.helper.ts';
import { resolveTarget } from './target/resolve-target.ts';
import type { Target, WireName } from './target/target.ts';
import { wires } from './wire/wires.ts';

const messages = [{ role: 'user', content: 'hi' }];
const target = (wire: WireName, changes: Partial<Target> = {}) =>
  plainTarget('http://127.0.0.1', { wire, model: 'm', ...changes });
const others: readonly WireName[] = ['openai-responses', 'anthropic-messages', 'gemini'];
const preset = (provider: string, params?: object) =>
  resolveTarget('t', { provider, model: 'm', ...(params && { params }) } as never);
const sent = (body: ChatBody, to: Target) => wires[to.wire].encode(body, to);
const userPart = (part: object) => ({ messages: [{ role: 'user', content: [part] }] }) as ChatBody;

describe('what a wire cannot say skips the request there', () => {
  it.each([
    [
      'a file by id (BerriAI/litellm 41937 in kind)',
      userPart({ type: 'file', file: { file_id: 'f-1' } }),
      others,
    ],
    [
      'a video by address',
      userPart({ type: 'video_url', video_url: { url: 'https://example.org/a.mp4' } }),
      others,
    ],
    [
      'audio',
      userPart({ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }),
      ['anthropic-messages'],
    ],
    ['a part that nobody knows', userPart({ type: 'smell' }), others],
    ['two answers', { messages, n: 2 }, ['openai-responses', 'anthropic-messages']],
    ['a stop sequence', { messages, stop: ['END'] }, ['openai-responses']],
    ['biased tokens', { messages, logit_bias: { 50256: -100 } }, others],
    ['a penalty', { messages, presence_penalty: 0.5 }, ['openai-responses', 'anthropic-messages']],
    [
      'an answer in audio',
      { messages, modalities: ['text', 'audio'], audio: { voice: 'x' } },
      others,
    ],
    [
      'JSON without a schema',
      { messages, response_format: { type: 'json_object' } },
      ['anthropic-messages'],
    ],
    ['calls one at a time', { messages, parallel_tool_calls: false }, ['gemini']],
    [
      'a tool of another type',
      { messages, tools: [{ type: 'custom', custom: { name: 'x' } }] },
      others,
    ],
    ['a choice among allowed tools', { messages, tool_choice: { type: 'allowed_tools' } }, others],
    [
      'an image in the result of a tool',
      {
        messages: [
          {
            role: 'tool',
            tool_call_id: 'c',
            content: [{ type: 'image_url', image_url: { url: 'https://x/a.png' } }],
          },
        ],
      },
      ['openai-responses', 'gemini'],
    ],
    [
      'an image in a system message',
      {
        messages: [
          {
            role: 'system',
            content: [{ type: 'image_url', image_url: { url: 'https://x/a.png' } }],
          },
        ],
      },
      others,
    ],
    ['a role that nobody knows', { messages: [{ role: 'critic', content: 'x' }] }, others],
    ['a faster tier', { messages, service_tier: 'priority' }, ['anthropic-messages', 'gemini']],
  ] as const)('%s', (_, body, where) => {
    for (const wire of others) {
      const { obstacle } = fitRequest(body as never, target(wire));
      expect([wire, obstacle !== undefined]).toEqual([
        wire,
        (where as readonly string[]).includes(wire),
      ]);
    }
    expect(fitRequest(body as never, target('openai-chat')).obstacle).toBeUndefined();
  });

  it('but not for values that say no more than leaving them out', () => {
    const neutral = { n: 1, presence_penalty: 0, frequency_penalty: 0, logit_bias: {}, stop: [] };
    const more = { modalities: ['text'], service_tier: 'auto', parallel_tool_calls: true };
    const body = { messages, max_tokens: 9, ...neutral, ...more };
    for (const wire of others) expect(fitRequest(body, target(wire)).obstacle).toBeUndefined();
  });

  it('and not where the user agreed to leave it out', () => {
    const params = { set: {}, rename: {}, drop: ['logit_bias'] };
    const body = { messages, logit_bias: { 1: 5 } };
    for (const wire of others) {
      expect(fitRequest(body, target(wire, { params })).obstacle).toBeUndefined();
    }
  });
});

describe('a dialect', () => {
  const openai = {
    messages: [{ role: 'developer', content: 'Be brief.' }, ...messages],
    max_completion_tokens: 50,
    seed: 7,
    stream_options: { include_usage: false },
  };

  it.each(['deepseek', 'mistral', 'qwen', 'together', 'fireworks'])(
    'of %s is known: role and output limit in its words',
    (provider) => {
      const body = sent(openai, preset(provider));
      expect(body).toMatchObject({
        max_tokens: 50,
        messages: [{ role: 'system' }, { role: 'user' }],
      });
      expect(body).not.toHaveProperty('max_completion_tokens');
    },
  );

  it('of Mistral has random_seed and refuses what it does not know', () => {
    const body = sent(openai, preset('mistral'));
    expect(body).toMatchObject({ random_seed: 7 });
    expect(body).not.toHaveProperty('seed');
    expect(body).not.toHaveProperty('stream_options');
  });

  it('of OpenAI keeps the newer words', () => {
    const body = sent(
      { ...openai, max_completion_tokens: undefined, max_tokens: 9 },
      preset('openai'),
    );
    expect(body).toMatchObject({ max_completion_tokens: 9, messages: [{ role: 'developer' }, {}] });
  });

  it('of a server that refuses the role developer (peonist-ai/halogen-flash-server 32) is set by the user', () => {
    const params = { rename: { developer: 'system', max_completion_tokens: 'max_new_tokens' } };
    const to = preset('ollama', params);
    expect(sent(openai, to)).toMatchObject({
      max_new_tokens: 50,
      messages: [{ role: 'system' }, {}],
    });
  });

  it('with both output limits keeps the one under the name that is sent', () => {
    const both = { messages, max_tokens: 5, max_completion_tokens: 9 };
    expect(sent(both, preset('mistral'))).toMatchObject({ max_tokens: 5 });
    expect(sent(both, preset('openai'))).toMatchObject({ max_completion_tokens: 9 });
    expect(sent(both, preset('openai'))).not.toHaveProperty('max_tokens');
  });
});

describe('the older words for calls', () => {
  const older: ChatBody = {
    messages: [
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: null,
        function_call: { name: 'weather', arguments: '{"city":"Rome"}' },
      },
      { role: 'function', name: 'weather', content: '{"sky":"blue"}' },
    ],
    functions: [{ name: 'weather', parameters: { type: 'object' } }],
    function_call: { name: 'weather' },
    max_tokens: 9,
  };

  it('go as they are to who speaks chat completions, and as tools where the preset says so', () => {
    expect(sent(older, target('openai-chat'))).toMatchObject({ functions: [{ name: 'weather' }] });
    const body = sent(older, preset('deepseek'));
    expect(body).not.toHaveProperty('functions');
    expect(body).toMatchObject({
      tools: [{ type: 'function', function: { name: 'weather' } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      messages: [{}, { tool_calls: [{ id: 'call_1' }] }, { role: 'tool', tool_call_id: 'call_1' }],
    });
  });

  it('are said on the other wires too, calls and results together', () => {
    const claude = sent(older, target('anthropic-messages'));
    expect(claude).toMatchObject({
      tools: [{ name: 'weather' }],
      tool_choice: { type: 'tool', name: 'weather' },
      messages: [
        {},
        { content: [{ type: 'tool_use', id: 'call_1', input: { city: 'Rome' } }] },
        { content: [{ type: 'tool_result', tool_use_id: 'call_1' }] },
      ],
    });
    expect(sent(older, target('gemini'))).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'weather' }] }],
      contents: [{}, { parts: [{ functionCall: { name: 'weather' } }] }, {}],
    });
  });
});

describe('inspectTargets', () => {
  it('counts what goes as recorded, translated and skipped, and says by which rule', () => {
    const targets = [
      { ...preset('deepseek'), name: 'deepseek' },
      { ...target('anthropic-messages', { model: 'claude-opus-4-8' }), name: 'claude' },
      { ...target('openai-chat'), name: 'plain' },
    ];
    const inspection = inspectTargets(targets);
    inspection.add({ messages, max_tokens: 9 });
    inspection.add({
      messages: [{ role: 'developer', content: 'x' }],
      max_completion_tokens: 9,
      seed: 1,
    });
    inspection.add({ messages, max_tokens: 9, temperature: 0.5, n: 2 });
    inspection.add({ messages, temperature: 0.5 });
    expect(inspection.result()).toEqual([
      {
        target: 'deepseek',
        requests: 4,
        asRecorded: 3,
        translated: 1,
        skipped: 0,
        translations: [
          { reason: 'developer is sent as system', requests: 1 },
          { reason: 'max_completion_tokens is sent as max_tokens', requests: 1 },
        ],
        obstacles: [],
      },
      {
        target: 'claude',
        requests: 4,
        asRecorded: 1,
        translated: 2,
        skipped: 1,
        translations: [
          { reason: 'max_tokens is set to 4096', requests: 1 },
          { reason: 'seed is left out', requests: 1 },
          { reason: 'temperature is left out, as the model refuses it', requests: 1 },
        ],
        obstacles: [{ reason: expect.stringMatching(/^its wire has no n /), requests: 1 }],
      },
      {
        target: 'plain',
        requests: 4,
        asRecorded: 4,
        translated: 0,
        skipped: 0,
        translations: [],
        obstacles: [],
      },
    ]);
  });
});
