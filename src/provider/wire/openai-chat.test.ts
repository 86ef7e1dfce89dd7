import { describe, expect, it } from 'vitest';
import { parseInput } from '../../input.ts';
import { resolveTarget } from '../target/resolve-target.ts';
import { targetConfigSchema } from '../target/target-config.ts';
import { openaiChat } from './openai-chat.ts';

/** The body that an entry of arb.yaml makes of one request. */
function sent(entry: object) {
  const config = parseInput(targetConfigSchema, { model: 'm', ...entry }, 'targets.t');
  const body = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 30 };
  return JSON.parse(JSON.stringify(openaiChat.encode(body, resolveTarget('t', config))));
}

describe('a chat completion', () => {
  it('asks OpenAI for the new name of the limit, and for no padding', () => {
    expect(sent({ provider: 'openai' })).toEqual({
      messages: [{ role: 'user', content: 'hi' }],
      max_completion_tokens: 30,
      model: 'm',
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
    });
  });

  it('does not ask Mistral for usage, which it sends anyway', () => {
    expect(sent({ provider: 'mistral' })).not.toHaveProperty('stream_options');
  });

  it('asks whatever stands at another address as any other server', () => {
    const base_url = 'http://127.0.0.1:9/v1';
    for (const provider of ['mistral', 'openai']) {
      const { stream_options } = sent({ provider, base_url });
      expect(stream_options).toEqual({ include_usage: true });
    }
  });

  it('tells OpenRouter where it may route to', () => {
    const routing = {
      only: ['fireworks'],
      order: ['fireworks', 'deepinfra'],
      quantizations: ['fp8'],
      max_price: { prompt: 1, completion: 2 },
      zdr: true,
      data_collection: 'deny',
      allow_fallbacks: false,
    };
    expect(sent({ provider: 'openrouter', routing })).toMatchObject({
      max_tokens: 30,
      provider: routing,
      usage: { include: true },
    });
  });

  it('passes LiteLLM’s response cache by', () => {
    expect(sent({ provider: 'litellm', base_url: 'http://127.0.0.1:4000' })).toMatchObject({
      cache: { 'no-cache': true, 'no-store': true },
    });
  });

  it('takes an event that is named error for one, whatever it holds', () => {
    const heard = (data: string) => openaiChat.reader().event(data, 'error').error;
    expect(heard('{"error":{"message":"a"}}')?.message).toBe('a');
    expect(heard('{"message":"b"}')?.message).toBe('b');
    expect(heard('"c"')?.message).toBe('c');
  });
});
