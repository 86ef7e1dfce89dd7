import type { Policy, PolicyFailure, PolicyTarget } from '../../policy/policy.ts';

/** A policy with nothing left open: what every gateway's file is written from. */
export interface ExportPlan {
  readonly policy: Policy;
  /** The model name that callers ask for. */
  readonly entry: string;
  readonly routes: readonly PlannedRoute[];
  readonly leaves: readonly Leaf[];
  readonly failure: Failure;
}

/** One rule: who is asked first, who next. The last route has no conditions. */
export interface PlannedRoute {
  readonly name: string;
  readonly when: readonly Condition[];
  /** One arm where nothing is split; shares sum to 1. */
  readonly arms: readonly {
    readonly leaf: Leaf;
    readonly weight: number;
    readonly share: number;
  }[];
  readonly splitBy: 'request' | 'session';
  readonly chain: readonly Leaf[];
  readonly timeouts: { readonly first_token_ms?: number; readonly attempt_ms?: number };
  readonly regions?: readonly string[];
}

/** A target as a gateway calls it. */
export interface Leaf {
  readonly name: string;
  readonly provider: string;
  /** Absent only where it is bound to a name of the gateway. */
  readonly model?: string;
  readonly baseUrl?: string;
  readonly keyEnv?: string;
  /** What already stands for it in the user's gateway. */
  readonly bound?: string;
  readonly price?: NonNullable<PolicyTarget['price']>;
  readonly regions: readonly string[];
  readonly contextTokens?: number;
  readonly set: Readonly<Record<string, unknown>>;
  /** Names of parameters that the policy drops or renames, which no gateway here can do. */
  readonly adapted: readonly string[];
}

export type Condition =
  | ({ readonly kind: 'range'; readonly feature: 'input_tokens' | 'turns' } & Range)
  | { readonly kind: 'flag'; readonly feature: 'tools' | 'json' | 'vision'; readonly is: boolean }
  | { readonly kind: 'member'; readonly feature: string; readonly values: readonly string[] };

export interface Range {
  readonly gte?: number;
  readonly lt?: number;
}

export interface Failure {
  readonly retries: number;
  readonly retryOn: readonly PolicyFailure[];
  readonly fallbackOn: readonly PolicyFailure[];
}

/** Names that exist in the user's gateway already, by target of the policy. */
export type Bindings = Readonly<Record<string, Binding>>;

export interface Binding {
  /** The existing group, slug, virtual key or backend that stands for the target. */
  readonly use?: string;
  /** The environment variable that holds this gateway's key, where it is another one. */
  readonly api_key_env?: string;
}
