import { describe, expect, it } from 'vitest';
import { importOf, logOf, messages, tools } from '../import-logs.test.helper.ts';

describe('Langfuse observations', () => {
  const base = {
    id: 'o1',
    trace_id: 't1',
    type: 'GENERATION',
    start_time: '2026-11-20T08:00:00.000Z',
    end_time: '2026-11-20T08:00:02.000Z',
    provided_model_name: 'gpt-4o',
    model_parameters: '{"temperature":"0.5"}',
    input: JSON.stringify(messages),
    output: '"In Bonn."',
    usage_details: '{"input":15,"input_cached_tokens":5,"output":4}',
    total_cost: 0.002,
    session_id: 's',
    prompt_name: 'orders',
  };

  it('tell seconds from milliseconds by the two instants', async () => {
    const { requests } = await importOf([
      logOf([
        { ...base, latency: 2, time_to_first_token: 0.4 },
        { ...base, id: 'o2', latency: 2000, time_to_first_token: 400 },
      ]),
    ]);
    expect(requests.map((each) => each.recorded?.ttft_ms)).toEqual([400, 400]);
    expect(requests.map((each) => each.recorded?.latency_ms)).toEqual([2000, 2000]);
  });

  it('are read in both spellings, cached input counted in', async () => {
    const camel = {
      id: 'o3',
      traceId: 't1',
      type: 'GENERATION',
      startTime: base.start_time,
      endTime: base.end_time,
      model: 'gpt-4o',
      modelParameters: { temperature: 0.5 },
      input: { messages, tools },
      output: { role: 'assistant', content: 'In Bonn.' },
      usageDetails: { input: 15, cache_read_input_tokens: 5, output: 4 },
      totalCost: 0.002,
      sessionId: 's',
      promptName: 'orders',
    };
    const { formats, requests } = await importOf([logOf([base]), logOf([camel])]);
    expect(formats).toEqual(['langfuse', 'langfuse']);
    const [snake, other] = requests;
    expect(snake).toMatchObject({
      task: 'orders',
      session: 's',
      request: { messages, temperature: 0.5 },
      recorded: { answer: 'In Bonn.', input_tokens: 20, cost_usd: 0.002 },
    });
    expect(other).toEqual({ ...snake, id: 'o3', request: { messages, tools, temperature: 0.5 } });
  });

  it('ask without a limit where the SDK wrote that there is none', async () => {
    const parameters = { max_tokens: 'Infinity', max_completion_tokens: -1, top_p: 1 };
    const { requests } = await importOf([logOf([{ ...base, model_parameters: parameters }])]);
    expect(requests[0]?.request).toEqual({ messages, top_p: 1 });
  });

  it('pass over spans, and count generations that failed or hold no prompt', async () => {
    const { requests, dropped } = await importOf([
      logOf([
        { ...base, type: 'SPAN' },
        { ...base, id: 'e', level: 'ERROR' },
        { ...base, id: 'n', input: undefined },
      ]),
    ]);
    expect(requests).toEqual([]);
    expect(dropped).toEqual(['failure', 'no prompt']);
  });
});
