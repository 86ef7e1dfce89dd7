import { closing, isUnsaid } from '../market/answer.ts';
import { type AnswerKey, jsonLines, readQuestion } from '../market/question.ts';

/** Which answers to a request are right, found by the words of its last message. */
export interface Truths {
  /** Undefined where the workload does not say. */
  isRight(lastMessage: string, answer: string): boolean | undefined;
  /** Whether it is plainly no whole answer to this: another request's, or cut short. */
  isBeside?(lastMessage: string, answer: string): boolean;
}

export const noTruths: Truths = { isRight: () => undefined };

/**
 * Reads what a workload holds right: an answer that contains the recorded one, the reference, or else
 * the closing words of a right answer, since that is how the simulated targets answer. A judge's prompt may show the message cut in the middle
 * and with unseen characters written out, so its letters at both ends are what it is known by.
 */
export async function readTruths(path: string): Promise<Truths> {
  const known = new Map<string, string>();
  const wrongEnds = new Map<string, string>();
  for await (const { value, number } of jsonLines(path)) {
    const question = readQuestion(value, { file: path, line: number });
    const last = lastText(value);
    const right = question && rightText(question);
    if (!question || right === undefined || last === undefined) continue;
    known.set(toName(last), right);
    if (isUnsaid(question)) wrongEnds.set(toName(last), toLetters(closing(question, 'wrong')));
  }
  return {
    isBeside(lastMessage, answer) {
      const name = toName(lastMessage);
      const [right, wrong] = [known.get(name), wrongEnds.get(name)];
      if (right === undefined || wrong === undefined) return false;
      const letters = toLetters(answer);
      return !letters.includes(right) && !letters.includes(wrong);
    },
    isRight(lastMessage, answer) {
      const right = known.get(toName(lastMessage));
      return right === undefined ? undefined : toLetters(answer).includes(right);
    },
  };
}

function rightText(question: AnswerKey): string | undefined {
  if (isUnsaid(question)) return toLetters(closing(question, 'right'));
  const { expect, recorded } = question;
  const reference = expect.map((check) => check.reference).find((text) => text !== undefined);
  const letters = toLetters(reference ?? recorded ?? '');
  return letters === '' ? undefined : letters;
}

function lastText(line: unknown): string | undefined {
  const { request, body, prompt } = line as {
    request?: { messages?: { content?: unknown }[] };
    body?: { messages?: { content?: unknown }[] };
    prompt?: string;
  };
  const content = (request ?? body)?.messages?.at(-1)?.content ?? prompt;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  return content.map((part: { text?: string }) => part.text ?? '').join('\n');
}

const enough = 120;

function toName(text: string): string {
  const letters = toLetters(text);
  return `${letters.slice(0, enough)}|${letters.slice(-enough)}`;
}

const toLetters = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
