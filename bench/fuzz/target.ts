export type Equal = (a: unknown, b: unknown) => boolean;

/** One reader under fuzz. Others are added here: an example, how it is written, what must hold. */
export interface FuzzTarget {
  readonly examples: readonly unknown[];
  readonly write: (value: unknown) => string;
  /** Whether the text was accepted. @throws where it is a finding. */
  readonly check: (text: string, equal: Equal) => boolean;
}
