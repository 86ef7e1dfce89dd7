import { describe, expect, it } from 'vitest';
import { isCopied } from './copied.ts';

const article =
  'The ferry to Elba was cancelled on Monday after a storm damaged the pier at Piombino.';
const asked = (text: string) => ({
  messages: [
    { role: 'system', content: 'You are brief.' },
    { role: 'user', content: [{ type: 'text', text }] },
  ],
});

describe('an answer that is text of its prompt', () => {
  it('is the question itself, or the question with a word more', () => {
    expect(isCopied(asked('What is the capital of Mali?'), 'What is the capital of Mali?')).toBe(
      true,
    );
    expect(isCopied(asked('What is the capital of Mali?'), 'Q: What is the capital of Mali?')).toBe(
      true,
    );
  });

  it('is a long passage of any message', () => {
    expect(
      isCopied(asked(`Sum up in a sentence. ${article} ${'More follows. '.repeat(40)}`), article),
    ).toBe(true);
  });

  it('is no label, name or number that was to be picked', () => {
    expect(isCopied(asked('Spam or ham? "You have won"'), 'Spam')).toBe(false);
    expect(isCopied(asked(article), 'Piombino')).toBe(false);
  });

  it('is nothing where nothing was answered', () => {
    expect(isCopied(asked('Hello'), '  ')).toBe(false);
    expect(isCopied({ messages: [] }, 'Hello')).toBe(false);
  });
});
