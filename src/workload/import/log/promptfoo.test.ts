import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { importOf, logOf } from '../import-logs.test.helper.ts';

describe('promptfoo', () => {
  const result = {
    testIdx: 3,
    promptIdx: 0,
    provider: { id: 'openai:gpt-4o', label: '' },
    success: true,
    score: 1,
    failureReason: 0,
    latencyMs: 800,
    cost: 0.01,
    tokenUsage: { prompt: 10, completion: 5 },
    response: { output: 'x' },
  };

  it('results are outcomes; a failing grader is none of the target, a cached latency is void', async () => {
    const { formats, outcomes, dropped } = await importOf([
      logOf([
        result,
        { ...result, testIdx: 4, response: { cached: true } },
        { ...result, testIdx: 5, failureReason: 2, score: 0 },
        { ...result, testIdx: 6, gradingResult: { pass: false, metadata: { graderError: 'x' } } },
      ]),
    ]);
    expect(formats).toEqual(['promptfoo-results']);
    expect(outcomes[0]).toEqual({
      request_id: 'test-3-prompt-0',
      target: 'openai:gpt-4o',
      status: 'ok',
      quality: 1,
      quality_kind: 'check',
      cost_usd: 0.01,
      latency_ms: 800,
      billed_input_tokens: 10,
      output_tokens: 5,
    });
    expect(outcomes[1]?.latency_ms).toBeUndefined();
    expect(outcomes[2]).toMatchObject({ status: 'failed' });
    expect(outcomes[2]?.quality).toBeUndefined();
    expect(dropped).toEqual(['grader error']);
  });

  it('tests become checks where arb has the assertion', async () => {
    const { requests } = await importOf([
      logOf([
        {
          prompt: 'a',
          __expected1: 'contains: 12 May',
          __expected2: 'regex: ^x',
          '__metadata:task': 'dates',
        },
        { prompt: 'b', __expected: 'yes' },
        { prompt: 'c', __expected: 'similar(0.8): hello' },
      ]),
    ]);
    expect(requests.map((each) => each.expect)).toEqual([
      [{ contains: '12 May' }, { regex: '^x' }],
      [{ exact: 'yes' }],
      undefined,
    ]);
    expect(requests[0]?.task).toBe('dates');
  });

  it('takes a cost of 0 for one that promptfoo does not know', async () => {
    const { outcomes } = await importOf([logOf([{ ...result, cost: 0 }])]);
    expect(outcomes[0]).not.toHaveProperty('cost_usd');
  });

  it('tests of a config in YAML are asked with each prompt, with the checks of all tests', async () => {
    const config = `
prompts: ["Say {{q}}", "file://other.txt", "{% if q %}x{% endif %}"]
providers: [openai:gpt-4o]
defaultTest: { assert: [{ type: contains, value: a }] }
tests:
  - vars: { q: hello }
    assert: [{ type: equals, value: hi }]
  - vars: { other: x }
`;
    const source = {
      name: 'promptfooconfig.yaml',
      open: () => Readable.from([Buffer.from(config)], { objectMode: false }),
    };
    const { formats, requests, dropped } = await importOf([source]);
    expect(formats).toEqual(['promptfoo-tests']);
    expect(requests).toMatchObject([
      {
        request: { messages: [{ role: 'user', content: 'Say hello' }] },
        expect: [{ contains: 'a' }, { exact: 'hi' }],
      },
    ]);
    expect(dropped).toEqual(Array(5).fill('no prompt'));
  });
});
