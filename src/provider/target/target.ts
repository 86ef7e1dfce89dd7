import type { Timeouts } from '../../http/response-handler.ts';

/** The wire formats that a target can speak; each is a file under `provider/wire/`. */
// biome-ignore format: one a line, as docs/new-provider.md adds to it.
export const wireNames = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
] as const;

export type WireName = (typeof wireNames)[number];

/** A model by a route with parameters: everything needed to send one request but the key. */
export interface Target {
  readonly name: string;
  /** Name of the preset: `openai`, `openrouter`, `openai-compatible`. */
  readonly provider: string;
  readonly model: string;
  /** Who made the model; a fallback chain should end at another maker. */
  readonly maker: string;
  /** `direct`, or the aggregator or gateway in between. */
  readonly via: string;
  /** Another target, or any name, that stands for the model behind this route. */
  readonly sameAs?: string;
  readonly wire: WireName;
  /** Without a trailing slash; paths such as `/chat/completions` are appended. */
  readonly baseUrl: string;
  /** Name of the environment variable that holds the key; absent where none is needed. */
  readonly apiKeyEnv?: string;
  /** `bearer`, or the header that carries the key; absent = as the preset says. */
  readonly auth?: Auth;
  /** Extra request headers, never secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly params: TargetParams;
  readonly timeouts: Timeouts;
  readonly limits: TargetLimits;
  /** USD per million tokens, from arb.yaml; overrides the catalogue. */
  readonly price?: PriceOverride;
  /** What the aggregator takes on top, in percent of the price. */
  readonly feePercent: number;
  /** A subscription, whatever is sent; not part of any attempt's cost. */
  readonly usdPerMonth?: number;
  /** Id of the provider whose catalogue prices hold here; absent where no catalogue knows it. */
  readonly catalogue?: string;
  readonly regions: readonly string[];
  readonly contextTokens?: number;
  /** What it is said not to do; absent = it does. */
  readonly cannot?: readonly Capability[];
  readonly role: 'candidate' | 'judge';
  /** `metadata.data_class` values that may be sent here; absent = any. */
  readonly dataClasses?: readonly string[];
  /** True where the provider keeps nothing of what it is sent. */
  readonly zeroDataRetention?: boolean;
  readonly terms?: Terms;
  /** Finish reasons that arb does not know and the user takes for a success. */
  readonly finishReasons?: Readonly<Record<string, 'ok'>>;
}

export type Capability = 'tools' | 'vision' | 'json';

/** How one workload line is adapted to a target; part of what the target is. */
export interface TargetParams {
  readonly set: Readonly<Record<string, unknown>>;
  readonly drop: readonly string[];
  readonly rename: Readonly<Record<string, string>>;
}

export interface TargetLimits {
  /** Requests in flight; absent = as many as the load asks for. */
  readonly concurrency?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Of its answers; absent = `defaultAnswerLimits`. */
  readonly answer?: Partial<AnswerLimits>;
}

/** What an answer that does not end is broken off at. */
export interface AnswerLimits {
  /** Of its body, decoded. */
  readonly bytes: number;
  /** Pieces in which its body came. */
  readonly pieces: number;
  /** Of the whole response, with all that HTTP adds. */
  readonly responseBytes: number;
}

/**
 * 128,000 output tokens in chunks of 300 to 400 bytes are some 50 MB in as many pieces, and no model
 * writes more. What frames them (chunk sizes, interim responses, trailers) can be sent without end too.
 */
export const defaultAnswerLimits: AnswerLimits = {
  bytes: 64 * 1_024 * 1_024,
  pieces: 1_000_000,
  responseBytes: 256 * 1_024 * 1_024,
};

/** USD per million tokens. Cached reads and writes without a price cost what input costs. */
/**
 * The price of a target: USD per million tokens, but for what its name says is one of something. A
 * class of tokens without a price here has none: where a usage counts it, the cost is not known.
 */
export interface PriceOverride {
  readonly input: number;
  readonly output: number;
  readonly cached_input?: number;
  readonly cache_write?: number;
  readonly cache_write_1h?: number;
  readonly input_audio?: number;
  readonly cached_audio?: number;
  readonly output_audio?: number;
  readonly input_image?: number;
  readonly cached_image?: number;
  readonly output_image?: number;
  readonly input_video?: number;
  readonly output_video?: number;
  /** USD per request. */
  readonly request?: number;
  /** USD per search. */
  readonly web_search?: number;
  readonly file_search?: number;
  /** Prices of the whole request where its input is longer than `above` tokens. */
  readonly long_context?: LongContextPrice;
  /**
   * What all token prices are multiplied by under a condition, by the name under which arb says that
   * it is not priced: `{"service_tier=priority": 2}`.
   */
  readonly factors?: Readonly<Record<string, number>>;
}

export interface LongContextPrice {
  readonly above: number;
  readonly input: number;
  readonly output: number;
  readonly cached_input?: number | undefined;
  readonly cache_write?: number | undefined;
}

/** Whether this route may carry what the user resells, who says so, and when it was looked up. */
export interface Terms {
  readonly resale: 'allowed' | 'forbidden' | 'unknown';
  readonly source?: string;
  readonly checked?: string;
}

export type Auth = 'bearer' | 'x-api-key' | 'api-key' | 'x-goog-api-key' | 'x-portkey-api-key';
