import { createHash } from 'node:crypto';
import type { WorkloadRequest } from './request.ts';

/** A template is known by its beginning; what follows 2 KB is usually pasted content. */
const FINGERPRINT_CHARS = 2_048;

/**
 * The application a request belongs to: `metadata.app`, else a fingerprint of its system prompt, so
 * that prompt templates become routable groups by themselves. Absent where there is neither.
 */
export function findApp(request: Pick<WorkloadRequest, 'metadata' | 'body'>): string | undefined {
  if (request.metadata.app !== undefined) return String(request.metadata.app);
  const system = request.body.messages
    .filter((message) => message.role === 'system' || message.role === 'developer')
    .map((message) =>
      typeof message.content === 'string'
        ? message.content
        : (message.content ?? []).map((part) => part.text ?? '').join('\n'),
    )
    .join('\n');
  return system.trim() === '' ? undefined : fingerprint(system);
}

/** The same for two prompts that differ in dates, numbers, ids, addresses or Unicode form. */
export function fingerprint(prompt: string): string {
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
  return `app-${createHash('sha256').update(masked).digest('hex').slice(0, 8)}`;
}
