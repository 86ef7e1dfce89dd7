import type { Target } from '../../provider/target/target.ts';
import { wires } from '../../provider/wire/wires.ts';
import { type Tokens, tokens } from '../../units.ts';
import type { ChatBody, Message } from '../../workload/request.ts';
import type { ReplayPlan } from './plan.ts';

/** A request as it goes out to one target, and what it may take of the target's limits and the budget. */
export interface Prepared {
  /** The body, encoded for the target's wire. */
  readonly text: string;
  /** Tokens that count against the target's limit per minute. */
  readonly amount: number;
  /** The most that can be billed; present under a budget. */
  readonly most?: { readonly input: Tokens; readonly output: Tokens };
}

/** Answers without a stated limit count as this many tokens against a limit per minute. */
const usualOutput = 500;

/**
 * Encodes a request for a target: once, on its way to the socket. Under a budget a request without
 * an output limit is given that of the budget, as an open end has no worst case.
 */
export function prepare(body: ChatBody, target: Target, { budget }: ReplayPlan): Prepared {
  const limit = outputLimit(body, target);
  const sent =
    budget && limit === undefined ? { ...body, max_tokens: budget.maxOutputTokens } : body;
  const text = JSON.stringify(wires[target.wire].encode(sent, target));
  const counted = target.limits.tokensPerMinute !== undefined;
  if (!budget && !counted) return { text, amount: 0 };
  const bytes = Buffer.byteLength(text);
  const amount = Math.ceil(bytes / 4) + (limit ?? usualOutput);
  if (!budget) return { text, amount };
  const output = tokens((limit ?? budget.maxOutputTokens) * countAnswers(body, target));
  return { text, amount, most: { input: mostInputTokens(bytes, body), output } };
}

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

/**
 * Nobody's tokenizer makes more tokens than there are bytes. Beyond the text there are the template
 * around the conversation and each message and, with tools, a system prompt of the provider's own
 * (Anthropic documents up to 700 tokens).
 */
function mostInputTokens(bytes: number, body: ChatBody): Tokens {
  const template = 64 + 16 * body.messages.length;
  return tokens(bytes + template + (body.tools?.length ? 1_024 : 0));
}

function outputLimit(body: ChatBody, { params }: Target): number | undefined {
  for (const name of ['max_tokens', 'max_completion_tokens']) {
    const value = params.set[name] ?? (params.drop.includes(name) ? undefined : body[name]);
    if (typeof value === 'number') return value;
  }
  return undefined;
}

/** `n` answers are billed n times. */
function countAnswers(body: ChatBody, { params }: Target): number {
  const n = params.set.n ?? body.n;
  return typeof n === 'number' ? n : 1;
}
