import { hash } from 'node:crypto';

/** An answer as a run keeps it. */
export interface GivenAnswer {
  readonly request_id: string;
  readonly target: string;
  readonly answer: string;
  readonly tool_calls?: readonly unknown[];
}

/** Answers of a target whose text is kept, to name it. */
const firstTexts = 50;
/** Fewer answers say nothing. */
const leastAnswers = 20;
/** A target that gives one answer to this share of the requests does not look at them. */
const constantShare = 0.95;
/** Unless others do nearly the same: requests that are all of one class have one right answer. */
const usualShare = 0.8;

/**
 * Targets whose answers do not depend on the request, with the reason in words: nearly all of them are
 * the same text, while another target gives different ones to the same requests.
 */
export async function findImpostors(
  answers: AsyncIterable<GivenAnswer>,
): Promise<Readonly<Record<string, string>>> {
  const counts = new Map<string, { total: number; texts: Map<string, number> }>();
  const shown = new Map<string, string>();
  for await (const { target, answer, tool_calls } of answers) {
    const seen = counts.get(target) ?? { total: 0, texts: new Map<string, number>() };
    const text = `${answer.trim()}${tool_calls ? JSON.stringify(tool_calls) : ''}`;
    // By digest, for a large run has gigabytes of answers; an answer that rules is among the first.
    const digest = hash('md5', text, 'hex');
    if (seen.texts.size < firstTexts) shown.set(digest, text);
    seen.total++;
    seen.texts.set(digest, (seen.texts.get(digest) ?? 0) + 1);
    counts.set(target, seen);
  }
  const tops = [...counts].flatMap(([target, { total, texts }]) => {
    if (total < leastAnswers) return [];
    const [digest, count] = [...texts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
    return [{ target, text: shown.get(digest) ?? '', share: count / total, total }];
  });
  const varied = tops.some(({ share }) => share <= usualShare);
  const found = tops.filter(({ share }) => varied && share >= constantShare);
  return Object.fromEntries(
    found.map(({ target, text, share, total }) => {
      const what = text === '' ? 'no text' : `"${text.slice(0, 40)}"`;
      const percent = (100 * share).toFixed(0);
      return [target, `answers ${what} to ${percent} % of ${total} requests, whatever is asked`];
    }),
  );
}
