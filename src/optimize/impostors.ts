import { hash } from 'node:crypto';

/** An answer as a run keeps it. */
export interface GivenAnswer {
  readonly request_id: string;
  readonly target: string;
  readonly answer: string;
  readonly tool_calls?: readonly unknown[];
  /** It is text of its own prompt. */
  readonly copied?: true;
}

/** Answers of a target whose text is kept, to name it. */
const firstTexts = 50;
/** Fewer answers say nothing. */
const leastAnswers = 20;
/** A target that gives one answer to this share of the requests does not look at them. */
const constantShare = 0.95;
/** Unless others do nearly the same: requests that are all of one class have one right answer. */
const usualShare = 0.8;
/** Who copies the prompt this often, where another does not half as often, does not answer it. */
const copiedShare = { most: 0.9, usual: 0.45 } as const;

/**
 * Targets whose answers do not depend on the request, with the reason in words: nearly all of them are
 * the same text, while another target gives different ones to the same requests; or nearly all are copied
 * from the prompt, while another target's are not.
 */
export async function findImpostors(
  answers: AsyncIterable<GivenAnswer>,
): Promise<Readonly<Record<string, string>>> {
  const counts = new Map<string, Counts>();
  const shown = new Map<string, string>();
  for await (const { target, answer, tool_calls, copied } of answers) {
    const seen = counts.get(target) ?? { total: 0, copied: 0, texts: new Map<string, number>() };
    const text = `${answer.trim()}${tool_calls ? JSON.stringify(tool_calls) : ''}`;
    // By digest, for a large run has gigabytes of answers; an answer that rules is among the first.
    const digest = hash('md5', text, 'hex');
    if (seen.texts.size < firstTexts) shown.set(digest, text);
    seen.total++;
    if (copied) seen.copied++;
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
  const constant = Object.fromEntries(
    found.map(({ target, text, share, total }) => {
      const what = text === '' ? 'no text' : `"${text.slice(0, 40)}"`;
      const percent = (100 * share).toFixed(0);
      return [target, `answers ${what} to ${percent} % of ${total} requests, whatever is asked`];
    }),
  );
  return { ...findCopiers(counts), ...constant };
}

interface Counts {
  total: number;
  copied: number;
  /** By digest. */
  readonly texts: Map<string, number>;
}

function findCopiers(counts: ReadonlyMap<string, Counts>): Record<string, string> {
  const shares = [...counts].flatMap(([target, { total, copied }]) =>
    total < leastAnswers ? [] : [{ target, total, share: copied / total }],
  );
  const isUnusual = shares.some(({ share }) => share <= copiedShare.usual);
  return Object.fromEntries(
    shares
      .filter(({ share }) => isUnusual && share >= copiedShare.most)
      .map(({ target, total, share }) => [
        target,
        `copies its prompt in ${(100 * share).toFixed(0)} % of ${total} answers`,
      ]),
  );
}
