import { pricesTier, pricesUnit } from '../../price/worst-cost.ts';
import type { Target } from '../../provider/target/target.ts';
import type { UnitName } from '../../provider/usage/usage.ts';
import { type Tokens, tokens } from '../../units.ts';
import { list, object, text } from '../../workload/json.ts';

/** The most tokens that an encoded request can be billed for, or why that cannot be said. */
export type WorstCase =
  | ({ readonly kind: 'bounded' } & MostTokens)
  | { readonly kind: 'unbounded'; readonly why: string };

/** The most tokens of a request, and what of them may be billed at a price of its own. */
export interface MostTokens {
  readonly input: Tokens;
  readonly output: Tokens;
  readonly units: readonly UnitName[];
}

/**
 * Bounds what a request can be billed for by what goes out: its bytes, its output limit as encoded
 * (thinking budgets included) and what it refers to without holding it.
 */
export function boundTokens(
  body: Readonly<Record<string, unknown>>,
  bytes: number,
  target: Target,
): WorstCase {
  const output = outputLimit(body);
  if (output === undefined) {
    return unbounded('its wire is not sent a limit of the output: allow max_tokens in params');
  }
  const contents = findContents(body);
  const fixed = bytes + templateTokens + messageTokens * contents.messages;
  const tools = Array.isArray(body.tools) && body.tools.length > 0 ? toolTokens : 0;
  const searches = contents.unknown ?? serverTool(body, target);
  if (searches) return unbounded(`${searches} adds content that no request shows`);
  const unpriced = findUnpriced(body, contents, target);
  if (unpriced) return unbounded(unpriced);
  const images = contents.images * imageTokens;
  const units = listUnits(body, contents);
  if (contents.files === 0) {
    return bounded(fixed + tools + images, output * countAnswers(body), units);
  }
  // The text of a file is unpacked by the provider: only the context window bounds it.
  const { contextTokens } = target;
  if (contextTokens === undefined) {
    return unbounded('it holds a file or a reference to one: give the target context_tokens');
  }
  return bounded(Math.max(contextTokens, fixed), output * countAnswers(body), units);
}

/** What the provider does itself, and bills beside the tokens: a tool that is no function, a search. */
function serverTool(
  body: Readonly<Record<string, unknown>>,
  { model }: Target,
): string | undefined {
  // OpenRouter's suffix for its search.
  if (model.endsWith(':online')) return 'the model name with :online';
  const types = list(body.tools).map((tool) => text(object(tool)?.type) ?? 'function');
  const other = types.find((type) => type !== 'function' && type !== 'custom');
  return other === undefined ? undefined : `a tool of type "${other}"`;
}

/** What of its tokens may be no text: by what it holds, and by what it asks for. */
function listUnits(
  body: Readonly<Record<string, unknown>>,
  { audio, images, files }: Contents,
): UnitName[] {
  const found: UnitName[] = [];
  if (audio > 0 || files > 0) found.push('input_audio');
  if (images > 0 || files > 0) found.push('input_image');
  if (files > 0) found.push('input_video');
  if (speaks(body)) found.push('output_audio');
  if (list(body.modalities).includes('image')) found.push('output_image');
  return found;
}

const speaks = (body: Readonly<Record<string, unknown>>) =>
  list(body.modalities).includes('audio') || body.audio != null;

const usualTiers = ['auto', 'default', 'standard', 'standard_only', 'flex', 'on_demand'];

/** What of a request has a price of its own that the target's price does not know. */
function findUnpriced(
  body: Readonly<Record<string, unknown>>,
  { audio }: Contents,
  target: Target,
): string | undefined {
  const now = new Date();
  if (audio > 0 && !pricesUnit(target, 'input_audio', now)) {
    return 'it holds audio: give the target a price for input_audio';
  }
  if (speaks(body) && !pricesUnit(target, 'output_audio', now)) {
    return 'it asks for audio: give the target a price for output_audio';
  }
  const tier = text(body.service_tier);
  if (tier === undefined || usualTiers.includes(tier) || pricesTier(target, tier, now)) return;
  return `it asks for the service tier ${tier}: give the target's price a factor for it`;
}

/** Around the conversation, and around each message. */
const templateTokens = 64;
const messageTokens = 16;
/** Tools bring a system prompt of the provider's own; Anthropic documents up to 700 tokens. */
const toolTokens = 1_024;

/**
 * The most that any provider documents for one image: gpt-4o-mini counts 2,833 tokens and 5,667 for
 * each tile of 512, of which there are at most 6 after scaling to 2,048 x 768 (OpenAI, "Images and
 * vision"). Anthropic's and Google's are below 5,000.
 */
const imageTokens = 2_833 + 6 * 5_667;

const bounded = (input: number, output: number, units: readonly UnitName[]): WorstCase => ({
  kind: 'bounded',
  input: tokens(input),
  output: tokens(output),
  units,
});

const unbounded = (why: string): WorstCase => ({ kind: 'unbounded', why });

/** Under the names of all wires; where several are given the largest. */
function outputLimit(body: Readonly<Record<string, unknown>>): number | undefined {
  const config = body.generationConfig as Record<string, unknown> | undefined;
  const thinking = body.thinking as Record<string, unknown> | undefined;
  const thinkingConfig = config?.thinkingConfig as Record<string, unknown> | undefined;
  const reasoning = body.reasoning as Record<string, unknown> | undefined;
  const limits = [
    body.max_tokens,
    body.max_completion_tokens,
    body.max_output_tokens,
    config?.maxOutputTokens,
  ].filter(isCount);
  if (limits.length === 0) return undefined;
  // Most providers count thinking inside of the limit; some compatible servers beside it.
  const budgets = [
    thinking?.budget_tokens,
    thinkingConfig?.thinkingBudget,
    reasoning?.max_tokens,
    body.thinking_budget,
  ].filter(isCount);
  return Math.max(...limits) + Math.max(0, ...budgets);
}

/** `n` answers are billed n times, and `best_of` answers are made of which fewer are seen. */
function countAnswers(body: Readonly<Record<string, unknown>>): number {
  const config = body.generationConfig as Record<string, unknown> | undefined;
  return Math.max(1, ...[body.n, body.best_of, config?.candidateCount].filter(isCount));
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0;

interface Contents {
  messages: number;
  images: number;
  files: number;
  audio: number;
  /** What makes the provider add content of its own: search, retrieval. */
  unknown: string | undefined;
}

const imageTypes = new Set(['image', 'image_url', 'input_image']);
const fileTypes = new Set(['file', 'document', 'input_file', 'video_url', 'input_video', 'video']);
const addedByProvider = [
  'web_search_options',
  'plugins',
  'search_parameters',
  'previous_response_id',
  // Alibaba's, Moonshot's and Groq's names.
  'enable_search',
  'web_search',
  'search_settings',
];

/** Walks what goes out without its recursion: a deep body must not end the process. */
function findContents(body: Readonly<Record<string, unknown>>): Contents {
  const found: Contents = {
    messages: 0,
    images: 0,
    files: 0,
    audio: 0,
    unknown: addedByProvider.find((name) => body[name] != null && body[name] !== false),
  };
  const open: unknown[] = [body.messages, body.input, body.contents, body.system];
  while (open.length > 0) {
    const value = open.pop();
    if (Array.isArray(value)) {
      for (const each of value) open.push(each);
      continue;
    }
    if (typeof value !== 'object' || value === null) continue;
    const part = value as Record<string, unknown>;
    if (typeof part.role === 'string') found.messages += 1;
    if (typeof part.type === 'string' && imageTypes.has(part.type)) found.images += 1;
    if (typeof part.type === 'string' && fileTypes.has(part.type)) found.files += 1;
    if (part.type === 'input_audio') found.audio += 1;
    if (part.type === 'input_audio' && !hasData(part)) found.files += 1;
    countGemini(part, found);
    for (const name in part) open.push(part[name]);
  }
  return found;
}

/** Audio that is sent with its bytes has fewer tokens than bytes: 32 a second at 1 KB a second and more. */
function hasData(part: Record<string, unknown>): boolean {
  const audio = part.input_audio as Record<string, unknown> | undefined;
  return typeof audio?.data === 'string' && !/^[a-z]+:\/\//.test(audio.data);
}

function countGemini(part: Record<string, unknown>, found: Contents): void {
  const inline = part.inlineData as Record<string, unknown> | undefined;
  const file = part.fileData as Record<string, unknown> | undefined;
  const type = String((inline ?? file)?.mimeType ?? '');
  if (!inline && !file) return;
  if (type.startsWith('audio/')) found.audio += 1;
  if (type.startsWith('image/')) found.images += 1;
  else if (file || !type.startsWith('audio/')) found.files += 1;
}
