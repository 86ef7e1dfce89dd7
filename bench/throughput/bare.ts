import { createParser } from 'eventsource-parser';
import { Pool } from 'undici';

/**
 * The bare loop that arb is compared with: undici and eventsource-parser, the JSON of every chunk
 * parsed, nothing recorded. Prints streams per second.
 */
const [url = '', requests = '0', places = '0'] = process.argv.slice(2);
const pool = new Pool(url, { connections: Number(places), pipelining: 1 });
const body = JSON.stringify({
  model: 'mock',
  stream: true,
  stream_options: { include_usage: true },
  messages: [{ role: 'user', content: 'hello' }],
});
let left = Number(requests);
let text = 0;

async function stream(): Promise<void> {
  const { body: answer } = await pool.request({
    path: '/v1/chat/completions',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const parser = createParser({
    onEvent({ data }) {
      if (data === '[DONE]') return;
      const chunk = JSON.parse(data) as { choices: { delta?: { content?: string } }[] };
      text += chunk.choices[0]?.delta?.content?.length ?? 0;
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of answer) parser.feed(decoder.decode(bytes as Buffer, { stream: true }));
}

async function loop(): Promise<void> {
  while (left-- > 0) await stream();
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(places) }, loop));
const seconds = (performance.now() - startedAt) / 1_000;
if (text === 0) throw new Error('no text was heard');
console.log(JSON.stringify({ perSecond: Number(requests) / seconds }));
await pool.close();
