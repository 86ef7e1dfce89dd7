import { createReadStream } from 'node:fs';
import { StreamFile } from '../../../store/file/stream-file.ts';
import { readLines } from '../../../table/lines.ts';
import { widestReadingLimits } from '../../../workload/limits.ts';
import { parseKnownLine } from '../../../workload/line.ts';
import type { WorkloadRequest } from '../../../workload/request.ts';
import { Suggester, type Suggestion } from '../../../workload/suggest/suggester.ts';

/** Checks that were written into a workload, and those that were not safe. */
export interface SuggestedChecks {
  readonly suggestions: readonly Suggestion[];
  /** Requests that have a check now and had none. */
  readonly written: number;
}

/** Gives each request of a workload without `expect` the check that its recorded answer makes safe. */
export async function suggestChecks(file: string): Promise<SuggestedChecks> {
  const suggester = new Suggester();
  for await (const { request } of readRequests(file)) suggester.learn(request);
  for await (const { request } of readRequests(file)) suggester.test(request);
  const target = new StreamFile(file);
  let written = 0;
  try {
    for await (const { request, text } of readRequests(file)) {
      const expect = request.expect.length > 0 ? undefined : suggester.suggest(request);
      if (expect) written += 1;
      await target.write(expect ? JSON.stringify({ ...JSON.parse(text), expect }) : text);
    }
    await target.commit();
  } catch (error) {
    target.discard();
    throw error;
  }
  return { suggestions: suggester.result(), written };
}

async function* readRequests(
  file: string,
): AsyncGenerator<{ readonly request: WorkloadRequest; readonly text: string }> {
  let line = 0;
  const open = () => createReadStream(file);
  const { lineCharacters } = widestReadingLimits;
  for await (const texts of readLines({ name: file, open }, lineCharacters)) {
    for (const text of texts) {
      line += 1;
      const request = text.trim() === '' ? undefined : parseKnownLine(text, line);
      if (request) yield { request, text };
    }
  }
}
