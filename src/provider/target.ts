import type { Ms } from '../units.ts';

export type WireName = 'openai-chat';

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
  readonly wire: WireName;
  /** Without a trailing slash; paths such as `/chat/completions` are appended. */
  readonly baseUrl: string;
  /** Name of the environment variable that holds the key; absent where none is needed. */
  readonly apiKeyEnv?: string;
  /** Extra request headers, never secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly params: TargetParams;
  readonly timeouts: Timeouts;
  readonly limits: Limits;
  /** USD per million tokens, from arb.yaml; overrides the catalogue. */
  readonly price?: PriceOverride;
  /** What the aggregator takes on top, in percent of the price. */
  readonly feePercent: number;
  /** Id of the provider whose catalogue prices hold here; absent where no catalogue knows it. */
  readonly catalogue?: string;
  readonly regions: readonly string[];
  readonly contextTokens?: number;
  readonly role: 'candidate' | 'judge';
  /** `metadata.data_class` values that may be sent here; absent = any. */
  readonly dataClasses?: readonly string[];
}

/** How one workload line is adapted to a target; part of what the target is. */
export interface TargetParams {
  readonly set: Readonly<Record<string, unknown>>;
  readonly drop: readonly string[];
  readonly rename: Readonly<Record<string, string>>;
}

export interface Timeouts {
  readonly connect: Ms;
  readonly firstToken: Ms;
  readonly attempt: Ms;
}

export interface Limits {
  readonly concurrency: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

export interface PriceOverride {
  readonly input: number;
  readonly output: number;
  readonly cached_input?: number;
  readonly cache_write?: number;
}
