import { type AnswerKey, jsonLines, readQuestion } from '../market/question.ts';

/** Which answers to a request are right, found by the words of its last message. */
export interface Truths {
  /** Undefined where the workload does not say. */
  isRight(lastMessage: string, answer: string): boolean | undefined;
}

export const noTruths: Truths = { isRight: () => undefined };

/**
 * Reads what a workload holds right: an answer that contains the recorded one or the reference, since
 * that is how the simulated targets answer. A judge's prompt may show the message cut in the middle
 * and with unseen characters written out, so its letters at both ends are what it is known by.
 */
export async function readTruths(path: string): Promise<Truths> {
  const known = new Map<string, string>();
  for await (const { value, number } of jsonLines(path)) {
    const question = readQuestion(value, { file: path, line: number });
    const last = lastText(value);
    const right = question && rightText(question);
    if (right !== undefined && last !== undefined) known.set(toName(last), right);
  }
  return {
    isRight(lastMessage, answer) {
      const right = known.get(toName(lastMessage));
      return right === undefined ? undefined : toLetters(answer).includes(right);
    },
  };
}

function rightText({ expect, recorded }: AnswerKey): string | undefined {
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
