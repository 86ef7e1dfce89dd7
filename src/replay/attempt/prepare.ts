import type { Target } from '../../provider/target/target.ts';
import { type Tokens, tokens, type Usd } from '../../units.ts';
import type { ChatBody, Message } from '../../workload/request.ts';
import type { Context } from './context.ts';

/** A body as it is sent to one target, and what it may take of the target's limits and the budget. */
export interface Prepared {
  readonly body: ChatBody;
  readonly amount: number;
  readonly worst?: Usd;
}

/** Answers without a stated limit count as this many tokens against a limit per minute. */
const usualOutput = 500;

export function prepare(
  asked: ChatBody,
  target: Target,
  { plan, pricing, random }: Pick<Context, 'plan' | 'pricing' | 'random'>,
): Prepared {
  const body = plan.load.promptCache === 'cold' ? marked(asked, random()) : asked;
  const counted = target.limits.tokensPerMinute !== undefined;
  if (!plan.budget && !counted) return { body, amount: 0 };
  const limit = outputLimit(body, target);
  const bytes = bytesOf(body);
  const amount = Math.ceil(bytes / 4) + (limit ?? usualOutput);
  if (!plan.budget) return { body, amount };
  const limited = limit === undefined ? { ...body, max_tokens: plan.budget.maxOutputTokens } : body;
  const output = tokens((limit ?? plan.budget.maxOutputTokens) * answersOf(body, target));
  const worst = pricing.worstCaseCost(target, mostInputTokens(bytes, body), output);
  return { body: limited, amount, ...(worst !== undefined && { worst }) };
}

/** A prompt that no cache has seen: caches match from the first token on. About eight tokens more. */
function marked(body: ChatBody, random: number): ChatBody {
  const mark = `[${Math.floor(random * 2 ** 48).toString(36)}]\n`;
  const [first, ...rest] = body.messages;
  if (!first) return body;
  return { ...body, messages: [{ ...first, content: prefixed(first, mark) }, ...rest] };
}

function prefixed({ content }: Message, mark: string): NonNullable<Message['content']> {
  if (typeof content === 'string') return mark + content;
  return [{ type: 'text', text: mark }, ...(content ?? [])];
}

/** The same prompt with hardly an answer, to put the prompt into the provider's cache. */
export function priming(body: ChatBody): ChatBody {
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

function bytesOf(body: ChatBody): number {
  const { messages, tools, response_format } = body;
  return Buffer.byteLength(JSON.stringify([messages, tools, response_format]));
}

function outputLimit(body: ChatBody, { params }: Target): number | undefined {
  for (const name of ['max_tokens', 'max_completion_tokens']) {
    const value = params.set[name] ?? (params.drop.includes(name) ? undefined : body[name]);
    if (typeof value === 'number') return value;
  }
  return undefined;
}

/** `n` answers are billed n times. */
function answersOf(body: ChatBody, { params }: Target): number {
  const n = params.set.n ?? body.n;
  return typeof n === 'number' ? n : 1;
}
