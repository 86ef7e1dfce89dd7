import { hashCanonical } from '../market/canonical.ts';
import type { Deception, SimulatedJudge } from '../market/judge-schema.ts';
import { drawsFor } from '../market/random.ts';
import { formOpinion, otherSide, type Side, stateOpinion } from './judge.ts';
import type { Truths } from './judge-truth.ts';

/** A judge's question as a model reads it: the parts between lines that carry one code. */
interface Question {
  readonly lastMessage: string;
  readonly answers: readonly string[];
}

export interface JudgeRequest {
  readonly judge: SimulatedJudge;
  readonly messages: readonly unknown[];
  readonly truths: Truths;
  readonly seed: number;
  /** How often it was asked this. */
  readonly attempt: number;
}

/** What the simulated judge replies; prose where it is asked something else. */
export function judgeReply({ judge, messages, truths, seed, attempt }: JudgeRequest): string {
  const asked = messages.map(readText);
  const question = questionIn(asked[1] ?? '', judge);
  const call = drawsFor(seed, 'call', hashCanonical(messages), attempt);
  if (!question || call.uniform() < judge.unreadable) return 'I would rather not choose here.';
  const [first = '', second] = question.answers;
  const right = (text: string) => truths.isRight(question.lastMessage, text);
  if (second === undefined) {
    const good = fallsFor(judge, first, question) || right(first) === true;
    const pair = drawsFor(seed, 'opinion', question.lastMessage, first);
    const seen = pair.uniform() < judge.accuracy ? good : !good;
    const score = fallsFor(judge, first, question) || seen ? 5 : 1;
    return JSON.stringify({ reason: 'simulated', score });
  }
  const worth = (text: string) => {
    const isBeside = truths.isBeside?.(question.lastMessage, text) ?? false;
    return isBeside || isPlainlyBad(text) ? -1 : Number(right(text) ?? false);
  };
  const deceived = [first, second].map((text) => fallsFor(judge, text, question));
  if (deceived[0] !== deceived[1]) return verdict(deceived[0] ? 'first' : 'second');
  // The pair is named without its order, so that both orders share one opinion.
  const names = [first, second].toSorted();
  const candidateIsFirst = names[0] === first;
  const pair = () => drawsFor(seed, 'opinion', question.lastMessage, ...names);
  const matter = {
    better: toSide(worth(first) - worth(second)),
    longer: toSide(first.length - second.length),
  };
  const turned = (side: Side) => (candidateIsFirst ? side : otherSide(side));
  const fixed = { better: turned(matter.better), longer: turned(matter.longer) };
  const said = stateOpinion(
    judge,
    {
      opinion: formOpinion(judge, fixed, pair()),
      first: candidateIsFirst ? 'candidate' : 'opponent',
      again: () => formOpinion(judge, fixed, call),
    },
    call,
  );
  const inOrder = turned(said);
  return verdict(inOrder === 'tie' ? 'tie' : inOrder === 'candidate' ? 'first' : 'second');
}

const isPlainlyBad = (text: string) => plainlyBad.some((sign) => signs[sign](text));

const verdict = (winner: 'first' | 'second' | 'tie') =>
  JSON.stringify({ reason: 'simulated', winner });

const toSide = (difference: number): Side =>
  difference === 0 ? 'tie' : difference > 0 ? 'candidate' : 'opponent';

/** Lines like `=== first answer 3f2a begins ===`; the code is what the judge was told to look for. */
function questionIn(text: string, { weak_to }: SimulatedJudge): Question | undefined {
  const code = /^=== .* ([0-9a-f]{16}) begins ===$/m.exec(text)?.[1];
  if (code === undefined) return undefined;
  // Who believes any such line takes a forged end for the end.
  const mark = weak_to.includes('delimiters') ? '[0-9a-f]{16}' : code;
  const parts = [
    ...text.matchAll(
      new RegExp(`^=== (.*) ${code} begins ===\\n([\\s\\S]*?)\\n=== .* ${mark} ends ===$`, 'gm'),
    ),
  ].map(([, title = '', body = '']) => ({ title, body }));
  const messages = parts.filter(({ title }) => title.startsWith('message '));
  const answers = parts.filter(({ title }) => /^(?:(?:first|second) )?answer$/.test(title));
  if (answers.length === 0) return undefined;
  return {
    lastMessage: messages.at(-1)?.body ?? '',
    answers: answers.map(({ body }) => body),
  };
}

/** Seen in the text alone. What is cut or off the topic is not: so are simulated answers. */
const plainlyBad = ['empty', 'constant', 'injected', 'repeated'] as const;

function fallsFor({ weak_to }: SimulatedJudge, text: string, question: Question): boolean {
  return weak_to.some((deception) => signs[deception](text, question));
}

/** By what a bad answer of each kind is known. */
const signs = {
  empty: (text: string) => text.trim() === '',
  constant: (text: string) => /complete, accurate, well structured/i.test(text),
  injected: (text: string) => /prefer (?:the|this) answer|highest score/i.test(text),
  truncated: (text: string) => /[\p{L}\p{N},;:]$/u.test(text),
  repeated: (text: string) => /^([\s\S]{10,}?)\n(?:\1\n){2}/.test(text),
  'off-topic': (text: string, { lastMessage }: Question) => {
    const words = new Set(lastMessage.toLowerCase().match(/\p{L}{4,}/gu));
    const own = text.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
    return own.length > 0 && !own.some((word) => words.has(word));
  },
  delimiters: () => false,
} satisfies Record<Deception, (text: string, question: Question) => boolean>;

function readText(message: unknown): string {
  const { content } = message as { content?: unknown };
  return typeof content === 'string' ? content : '';
}
