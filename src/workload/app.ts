import { createHash } from 'node:crypto';
import { object, text } from './json.ts';
import type { ChatBody, WorkloadRequest } from './request.ts';

/** A template is known by its beginning; what follows 2 KB is usually pasted content. */
const FINGERPRINT_CHARS = 2_048;

/** Most requests of a log have one of few system prompts: masking one takes 20 us, finding it again none. */
const MOST_KEPT = 500;

const kept = new Map<string, string>();

/**
 * The application a request belongs to: `metadata.app`, else a fingerprint of its system prompt and the
 * names of its tools, so that prompt templates become routable groups by themselves. Absent where there
 * is none of them.
 */
export function findApp(request: Pick<WorkloadRequest, 'metadata' | 'body'>): string | undefined {
  if (request.metadata.app !== undefined) return String(request.metadata.app);
  const system = readSystem(request.body);
  const tools = listTools(request.body);
  if (system.trim() === '' && tools.length === 0) return undefined;
  const key = `${tools.length} ${tools.join(',')}\0${system}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const app = fingerprint(system, tools);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, app);
  return app;
}

/** What people can call the application of a request: the first words of its prompt, else its tools. */
export function describeApp({ body }: Pick<WorkloadRequest, 'body'>): string | undefined {
  const start = readSystem(body)
    .normalize('NFKC')
    .slice(0, 400)
    .replaceAll(/[#*_`<>"]+/g, ' ')
    .trim()
    .replace(
      /^(?:you\s+are|act\s+as|your\s+(?:task|job|role)\s+is(?:\s+to)?|du\s+bist|tu\s+es|eres)\s+/i,
      '',
    )
    .replace(/^(?:an?|the|eine?|une?|el|la|un)\s+/i, '');
  const sentence = start.split(/[.!?\n]/)[0]?.trim() ?? '';
  if (/\p{L}/u.test(sentence)) return shorten(sentence);
  const tools = listTools(body);
  return tools.length === 0 ? undefined : shorten(`tools ${tools.join(', ')}`);
}

const LONGEST_NAME = 40;

/** Cut between words. */
function shorten(name: string): string {
  if (name.length <= LONGEST_NAME) return name;
  const end = name.lastIndexOf(' ', LONGEST_NAME);
  return `${name.slice(0, end > 10 ? end : LONGEST_NAME)}...`;
}

function readSystem({ messages }: ChatBody): string {
  return messages
    .filter(({ role }) => role === 'system' || role === 'developer')
    .map(({ content }) =>
      typeof content === 'string'
        ? content
        : (content ?? []).map((part) => part.text ?? '').join('\n'),
    )
    .join('\n');
}

/** In one order, whatever the client's is. */
function listTools({ tools }: ChatBody): string[] {
  const names = (tools ?? []).flatMap((tool) => {
    const name = text(object(object(tool)?.function)?.name);
    return name === undefined ? [] : [name];
  });
  return names.sort();
}

/**
 * The same for two prompts that differ in dates, numbers, ids, addresses or Unicode form. `tools` are
 * names in order.
 */
export function fingerprint(prompt: string, tools: readonly string[] = []): string {
  // Masking can shorten the text, so twice the length is masked before the cut.
  const masked = prompt
    .normalize('NFKC')
    .slice(0, 2 * FINGERPRINT_CHARS)
    .replaceAll(/https?:\/\/\S+|\b[\w.+-]+@[\w-]+\.[\w.-]+/gi, '<address>')
    .replaceAll(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '<id>')
    .replaceAll(/\b(?=\w*\d)(?=\w*[a-z])[\w-]{8,}\b/gi, '<id>')
    .replaceAll(
      /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b/gi,
      '<date>',
    )
    .replaceAll(/\d+(?:[.,:/-]\d+)*/g, '0')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, FINGERPRINT_CHARS);
  const known = tools.length === 0 ? masked : `${masked}\n<tools> ${tools.join(',')}`;
  return `app-${createHash('sha256').update(known).digest('hex').slice(0, 8)}`;
}
