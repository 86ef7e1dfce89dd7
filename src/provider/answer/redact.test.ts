import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactDeep } from './redact.ts';

const key = 'sk-live/+77aa55"cc';

describe('redaction', () => {
  it('leaves no form of a key in any text', () => {
    const forms = [
      key,
      encodeURIComponent(key),
      JSON.stringify(key),
      Buffer.from(key).toString('base64'),
      Buffer.from(key).toString('base64url'),
    ];
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...forms))), (parts) => {
        const clean = redact(parts.join(' '), [key]);
        for (const form of forms) expect(clean).not.toContain(form);
      }),
    );
  });

  it('reaches every string of a value, names included, and keeps the rest', () => {
    const gaps = [1, 2];
    const value = { [key]: 1, list: [`a ${key}`], gaps, none: null, n: 5, ok: true };
    expect(redactDeep(value, [key])).toEqual({
      '[key]': 1,
      list: ['a [key]'],
      gaps,
      none: null,
      n: 5,
      ok: true,
    });
  });

  it('leaves words and numbers alone that are too short to be a secret', () => {
    const text = 'EMPTY: none of the 1234 is a-1';
    expect(redact(text, ['none', 'EMPTY', '1234', 'a-1', '', undefined])).toBe(text);
  });

  it.each(['sk-1234', 'a1b2', 'p@ss'])('knows the short key %s by its letters', (short) => {
    const forms = [short, short.toUpperCase(), Buffer.from(`Bearer ${short}`).toString('base64')];
    for (const form of forms) expect(redact(`It is ${form}.`, [short])).toContain('[key]');
  });

  it('finds a key in a list of texts with numbers between them', () => {
    expect(redactDeep({ list: ['sk-live/', 1, '+77aa55"cc'] }, [key])).toEqual({ list: ['[key]'] });
  });
});
