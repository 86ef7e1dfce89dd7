import { describe, expect, it } from 'vitest';
import { litellmTokens } from './litellm-count.ts';

/** One token a word keeps the arithmetic readable; the bench checks the real encoder. */
const words = (text: string) => text.split(/\s+/).filter(Boolean).length;
const user = (content: unknown) => ({ role: 'user', content });

describe("LiteLLM's count of input tokens", () => {
  it.each([
    ['three a message, the role and three for the reply', [user('one two')], 3 + 3 + 1 + 2],
    ['a name and one more', [{ ...user('one'), name: 'ann' }], 3 + 3 + 1 + 1 + 1 + 1],
    [
      'text parts and 85 an image',
      [
        user([
          { type: 'text', text: 'a b' },
          { type: 'image_url', image_url: { url: 'u' } },
        ]),
      ],
      3 + 3 + 1 + 2 + 85,
    ],
    [
      'the arguments of tool calls',
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ function: { name: 'f', arguments: 'x y' } }],
        },
      ],
      3 + 3 + 1 + 2,
    ],
  ])('has %s', (_, messages, tokens) => {
    expect(litellmTokens({ messages }, words)).toBe(tokens);
  });

  it('has tools as type definitions, and four less with a system message', () => {
    const texts: string[] = [];
    const encode = (text: string) => {
      texts.push(text);
      return words(text);
    };
    const parameters = {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'where', enum: ['a', 'b'] },
        days: { type: 'array', items: { type: 'integer' } },
        at: { type: 'object', properties: { lat: { type: 'number' } } },
      },
      required: ['city'],
    };
    const tools = [
      { type: 'function', function: { name: 'weather', description: 'Tells it.', parameters } },
      { type: 'function', function: { name: 'now' } },
    ];
    const plain = litellmTokens({ messages: [user('hi')], tools }, encode) ?? 0;
    expect(texts.at(-1)).toBe(
      [
        'namespace functions {',
        '',
        '// Tells it.',
        'type weather = (_: {',
        '// where',
        'city: "a" | "b",',
        'days?: number[],',
        'at?: {',
        '  lat?: number,',
        '},',
        '}) => any;',
        '',
        'type now = () => any;',
        '',
        '} // namespace functions',
      ].join('\n'),
    );
    const system = { role: 'system', content: 'x' };
    const more = litellmTokens({ messages: [system, user('hi')], tools }, encode);
    expect(more).toBe(plain + 3 + 1 + 1 - 4);
  });

  it('encodes pieces of 1,024 characters by themselves, whole characters', () => {
    const lengths: number[] = [];
    litellmTokens({ messages: [user('😀'.repeat(1_500))] }, (text) => {
      lengths.push([...text].length);
      return 1;
    });
    expect(lengths).toEqual(['user'.length, 1_024, 476]);
  });

  it('is not known where an image would have to be loaded, or a part is of a new type', () => {
    const detail = { type: 'image_url', image_url: { url: 'u', detail: 'high' } };
    expect(litellmTokens({ messages: [user([detail])] }, words)).toBeUndefined();
    expect(litellmTokens({ messages: [user([{ type: 'input_audio' }])] }, words)).toBeUndefined();
  });
});
