/**
 * The carrier: a function without dependencies, generated from the policy, that computes what a
 * gateway cannot see and says it in headers and in the gateway's own metadata.
 */
export interface Carrier {
  readonly policy: string;
  readonly bytesPerToken: number;
  /** Name, conditions and arms of each rule, as `decide` reads them. */
  readonly rules: readonly CarrierRule[];
  /** What a condition asks for beyond `input_tokens`, `task` and the region. */
  readonly needs: readonly Need[];
  /** Keys of the metadata that stand in for a task, or a session, that is not given. */
  readonly taskFrom: readonly string[];
  readonly sessionFrom: readonly string[];
  /** Names in the metadata that are worth a tag: list conditions and attribution. */
  readonly tagged: readonly string[];
  readonly sticky: boolean;
  readonly mirror: Mirror;
}

export type CarrierRule = readonly [
  name: string,
  when: Readonly<Record<string, unknown>>,
  arms: readonly (readonly [target: string, weight: number])[],
  by: 'session' | 'request',
  /** What its arms are drawn with. */
  salt: string,
];

export type Need = 'turns' | 'tools' | 'json' | 'vision' | 'app';

/** Where the metadata goes: a header of the gateway, a list of tags, or the caller's own body. */
export type Mirror = 'x-portkey-metadata' | 'x-litellm-tags' | 'none';

export interface CarrierOptions {
  readonly mirror: Mirror;
  /** Which splits the carrier draws; the gateway draws the others by weight. */
  readonly draws: 'session' | 'all';
}
