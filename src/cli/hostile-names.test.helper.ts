import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What breaks out of a literal, a cell, a tag, a line or an object in some language, and has no control character. */
export const breakouts = [
  'constructor',
  'toString',
  '$(touch PWNED)`touch PWNED`',
  '"; touch PWNED; "',
  "'''; touch PWNED; '",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a hostile text, not a template
  '"""${globalThis.escaped = 1}{{7*7}}\\',
  '- a: &x !!python/object/apply:os._exit [3] # c',
  '=cmd|"/c calc"!A1',
  '@SUM(A1)',
  '::error::INJECTED',
  '##[error]INJECTED',
  '%0A::error::INJECTED ##vso[task.complete]',
  '</script><x-evil onx=1>',
  `' onx='1" onx="1`,
  ']]><x-evil/>--><x-evil>',
  '](http://evil.example) | `x` <http://evil.example>',
  'p\u0430ypal\u200b\ufeff',
  'hasOwnProperty'.repeat(60),
] as const;

/** What drives a terminal, begins a line, or reorders a text. */
export const controls = [
  '\u001b[2J\u001b]8;;http://evil.example\u0007x\u001b]8;;\u0007',
  '\u009b31m\u0085INJECTED',
  'a\rINJECTED\r\n::error::INJECTED',
  'a\nINJECTED\n::error::INJECTED\n##[error]INJECTED',
  '\u0000\b\u007f',
] as const;

/** The same in what no name is refused for. */
export const reordering = [
  '\u202egnp.exe\u2066\u200f\u061c',
  'a\u2028INJECTED\u2029INJECTED',
] as const;

const names: readonly string[] = [...breakouts, ...reordering];
const texts: readonly string[] = [...names, ...controls];

const nameAt = (at: number): string => names[at % names.length] as string;
const textAt = (at: number): string => texts[at % texts.length] as string;

/** All of it in one text. */
export const everything = texts.filter(({ length }) => length < 200).join(' ');

export const judges = ['judge-::error::', 'judge-=1'] as const;

/** Providers, judges and a gateway in one, whose every word is hostile. */
export async function startHostileProviders() {
  let asked = 0;
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await read(request)) || '{}');
    asked += 1;
    if (!request.url?.startsWith('/judge')) {
      answer(response, asked, body.stream === true);
      return;
    }
    const verdict = { reason: everything, winner: judge(String(body.messages?.[1]?.content)) };
    send(
      response,
      { text: JSON.stringify(verdict), said: 'j', finish: 'stop' },
      body.stream === true,
    );
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An answer is good where it is of the question, genuine and whole: what the probes of judges spoil. */
function judge(prompt: string): string {
  const code = /^=== .* ([0-9a-f]{16}) begins ===$/m.exec(prompt)?.[1] ?? '';
  const parts = new RegExp(
    `^=== (.*) ${code} begins ===\\n([\\s\\S]*?)\\n=== .* ${code} ends ===$`,
    'gm',
  );
  const found = [...prompt.matchAll(parts)].map(([, part = '', text = '']) => ({ part, text }));
  const asked = found.filter(({ part }) => part.startsWith('message'));
  const question = /Q\d+Q/.exec(asked.map(({ text }) => text).join())?.[0];
  const worth = (which: string) => {
    const text = found.find(({ part }) => part.includes(which))?.text ?? '';
    return Number(text.includes(`GENUINE ${question}`) && text.trim().endsWith('END'));
  };
  const difference = worth('first') - worth('second');
  return difference === 0 ? 'tie' : difference > 0 ? 'first' : 'second';
}

/** One in 31 fails, in hostile words; one in 23 ends for a reason that nobody knows. */
function answer(response: ServerResponse, asked: number, isStream: boolean): void {
  const said = textAt(asked);
  if (asked % 31 === 0) {
    response.writeHead(asked % 2 === 0 ? 400 : 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: everything, type: said, code: said } }));
    return;
  }
  const text = `${asked % 3 === 0 ? 'yes ' : ''}${everything}`;
  send(response, { text, said, finish: asked % 23 === 0 ? said : 'stop' }, isStream);
}

interface Said {
  readonly text: string;
  readonly said: string;
  readonly finish: string;
}

function send(response: ServerResponse, { text, said, finish }: Said, isStream: boolean): void {
  // A field of the usage that nobody knows makes the cost unknown, and the target is not used there.
  const fields = finish === 'stop' ? {} : { [said]: 3 };
  const shared = { id: said, model: said, provider: said, system_fingerprint: said };
  const usage = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30, ...fields };
  // What a gateway says of where it landed.
  const headers = {
    'x-arb-tier': '::error::INJECTED',
    'x-litellm-model-group': 'arb/</script><x-evil>',
  };
  if (!isStream) {
    const message = { role: 'assistant', content: text };
    const choices = [{ index: 0, message, finish_reason: finish }];
    response.writeHead(200, { ...headers, 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...shared, choices, usage }));
    return;
  }
  const events = [
    { ...shared, choices: [{ index: 0, delta: { role: 'assistant', content: text } }] },
    { ...shared, choices: [{ index: 0, delta: {}, finish_reason: finish }], usage },
  ];
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
  response.end(
    `${events.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')}data: [DONE]\n\n`,
  );
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** Requests whose every name and text is hostile. */
export function hostileWorkload(requests: number): string {
  return Array.from({ length: requests }, (_, at) =>
    JSON.stringify({
      id: `${nameAt(at)}#${at}`,
      at_ms: at * 120_000,
      task: nameAt(at % 5),
      session: `${nameAt(at >> 1)}`,
      metadata: { app: nameAt(9 + (at % 4)), [textAt(at + 3)]: textAt(at), region: textAt(at % 3) },
      request: {
        messages: [
          { role: 'system', content: textAt(at % 4) },
          { role: 'user', content: `Q${at}Q ${everything}` },
        ],
      },
      ...(at % 2 === 0 && { expect: { contains: 'yes' } }),
      recorded: {
        ...{ target: textAt(at % 6), answer: `yes GENUINE Q${at}Q ${everything} END` },
        ...{ input_tokens: 30, output_tokens: 20, cost_usd: 0.01, latency_ms: 900 },
      },
    }),
  ).join('\n');
}

const driving = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const command = /^\s*(?:::|INJECTED)|##\[|##vso\[/;

/** What is wrong with a text that people read, or that a CI reads as its log. */
export function findLogFaults(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const mark = driving.exec(line);
    const what = mark ? `U+${mark[0].codePointAt(0)?.toString(16)}` : command.exec(line)?.[0];
    const from = Math.max(0, (mark?.index ?? 0) - 60);
    return what ? [`${what} in: ${JSON.stringify(line.slice(from, from + 160))}`] : [];
  });
}

/** Lines that a CI would carry out, in a text that is not written for its log. */
export const findLineFaults = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => /^\s*(?:::|##\[|##vso\[)/.test(line) || /[^\P{Cc}\n\t]/u.test(line));
