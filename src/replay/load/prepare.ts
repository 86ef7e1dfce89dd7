import type { Target } from '../../provider/target/target.ts';
import { wires } from '../../provider/wire/wires.ts';
import type { ChatBody, Message } from '../../workload/request.ts';
import type { ReplayPlan } from './plan.ts';
import { boundTokens, type MostTokens } from './worst-case.ts';

/** A request as it goes out to one target, and what it may take of the target's limits and the budget. */
export interface Prepared {
  /** The body, encoded for the target's wire. */
  readonly text: string;
  /** Tokens that count against the target's limit per minute. */
  readonly amount: number;
  /** The most that can be billed; present under a budget. */
  readonly most?: MostTokens;
}

/** Answers without a stated limit count as this many tokens against a limit per minute. */
const usualOutput = 500;

/**
 * Encodes a request for a target: once, on its way to the socket. Under a budget a request without
 * an output limit is given that of the budget, as an open end has no worst case.
 */
export function prepare(
  asked: ChatBody,
  target: Target,
  { budget }: ReplayPlan,
): Prepared | Refused {
  const body =
    budget && !hasLimit(asked, target) ? withLimit(asked, budget.maxOutputTokens) : asked;
  const encoded = wires[target.wire].encode(body, target);
  const text = JSON.stringify(encoded);
  const isCounted = target.limits.tokensPerMinute !== undefined;
  if (!budget && !isCounted) return { text, amount: 0 };
  const bytes = Buffer.byteLength(text);
  const worst = boundTokens(encoded, bytes, target);
  const output = worst.kind === 'bounded' ? worst.output : usualOutput;
  const amount = Math.ceil(bytes / 4) + (hasLimit(asked, target) ? output : usualOutput);
  if (!budget) return { text, amount };
  if (worst.kind === 'unbounded') {
    return { refused: `under a budget its cost must have a bound, and ${worst.why}` };
  }
  return { text, amount, most: worst };
}

/** A request that a budget cannot cover. */
export interface Refused {
  /** Why, in words for the skipped row. */
  readonly refused: string;
}

const withLimit = (body: ChatBody, most: number): ChatBody => ({ ...body, max_tokens: most });

/**
 * The same prompt with a mark at its start that no cache has seen: caches match from the first token
 * on. About eight tokens more. `random` is in [0, 1).
 */
export function markPrompt(body: ChatBody, random: number): ChatBody {
  const mark = `[${Math.floor(random * 2 ** 48).toString(36)}]\n`;
  const [first, ...rest] = body.messages;
  if (!first) return body;
  return { ...body, messages: [{ ...first, content: prefixContent(first, mark) }, ...rest] };
}

function prefixContent({ content }: Message, mark: string): NonNullable<Message['content']> {
  if (typeof content === 'string') return mark + content;
  return [{ type: 'text', text: mark }, ...(content ?? [])];
}

/** The same prompt with hardly an answer, to put the prompt into the provider's cache. */
export function shortenAnswer(body: ChatBody): ChatBody {
  const name = 'max_completion_tokens' in body ? 'max_completion_tokens' : 'max_tokens';
  return { ...body, [name]: fewestTokens };
}

/** Some models refuse less. */
const fewestTokens = 16;

function hasLimit(body: ChatBody, { params }: Target): boolean {
  return ['max_tokens', 'max_completion_tokens'].some((name) => {
    const value = params.set[name] ?? (params.drop.includes(name) ? undefined : body[name]);
    return typeof value === 'number';
  });
}
