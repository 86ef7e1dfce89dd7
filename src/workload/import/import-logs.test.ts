import { describe, expect, it } from 'vitest';
import { importOf, logOf } from './import-logs.test.helper.ts';

describe('a log', () => {
  it('imported again gives the same ids, and a request that is met twice is dropped', async () => {
    const lines = [{ prompt: 'a' }, { prompt: 'b' }, { prompt: 'a' }];
    const first = await importOf([logOf(lines)]);
    const second = await importOf([logOf(lines)]);
    expect(first.requests).toEqual(second.requests);
    expect(first.dropped).toEqual(['duplicate']);
  });

  it('that is known and holds no prompts is refused by its name', async () => {
    const activity = { date: '2026-11-20', model_permaslug: 'x/y', requests: 3 };
    await expect(importOf([logOf([activity])])).rejects.toThrow(/OpenRouter's activity.*Broadcast/);
  });

  it('of no known format is refused with the keys it has', async () => {
    await expect(importOf([logOf([{ temperature: 3, wind: 'n' }])])).rejects.toThrow(
      /no format that arb knows \(keys: temperature, wind\)/,
    );
  });

  it('with bodies that are no chat is counted, and writes only what can be read again', async () => {
    const row = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };
    const { requests, dropped } = await importOf([
      logOf([
        row,
        { ...row, messages: [{ role: 'user', content: { text: 'Hi' } }] },
        { ...row, tools: 'none' },
        { ...row, max_tokens: 0.5 },
        { ...row, messages: [{ role: 'user', content: [{ text: 3, toString: 1 }] }] },
      ]),
    ]);
    expect(requests).toHaveLength(1);
    expect(dropped).toEqual(Array(4).fill('not readable'));
    const own = { id: 'w', prompt: 'Hi', task: 't' };
    const lines = await importOf([logOf([own, { ...own, id: 'x', colour: 'red' }])]);
    expect(lines.requests).toHaveLength(1);
    expect(lines.dropped).toEqual(['not readable']);
  });
});
