import type { Policy } from '../../policy/policy.ts';
import type { CarrierOptions } from '../carrier/carrier.ts';
import type { Carried } from '../carrier/carry.ts';
import type { ExportedFile, Exporter } from '../export/exporter.ts';
import type { ProviderNames } from '../export/reach.ts';
import type { ImportResult, RoutingSource } from '../import/importer.ts';

/** All that arb knows of one gateway. A part that it lacks is there, and says why. */
export interface Gateway extends Exporter {
  /** Reads its present routing back as a policy. */
  readonly import: ImportRouting | Lack;
  /** Puts an export into a configuration that is there already. */
  readonly merge: MergeRouting | Lack;
  /** What its callers send along, and which splits they draw. */
  readonly carrier: CarrierOptions;
  /** What it calls the providers it reaches by an integration of its own. */
  readonly providerNames: ProviderNames;
  /** How it counts input tokens, where not as the policy does. */
  readonly counter: TokenCounter | Lack;
  /** What is sent so that it routes one request. */
  outgoing(deployed: Deployed, carried: Carried, body: object): Outgoing;
  /** Reads from an answer where the request landed. */
  landing(deployed: Deployed, answer: GatewayAnswer): Landing;
}

/** A part that a gateway does not have, with the reason in words. */
export interface Lack {
  readonly lacks: string;
}

/** Whether a gateway lacks the part; `lacks` then says why. */
export const isLack = (part: object): part is Lack => 'lacks' in part;

/** @throws UsageError where the file is not that gateway's. */
export type ImportRouting = (text: string, options: RoutingSource) => ImportResult;

/**
 * Changes only arb's own groups in `into.text` and replaces them when merged again.
 *
 * @throws UsageError where a setting for the whole gateway would have to change.
 */
export type MergeRouting = (exported: string, into: Required<MergeInto>) => string;

export interface MergeInto {
  /** Named in errors. */
  readonly path: string;
  readonly text: string;
  /** The model name that callers ask for. @default 'arb' */
  readonly entry?: string;
}

/** A gateway's own count of input tokens, which moves requests near a threshold. */
export interface TokenCounter {
  /** Whose count it is. */
  readonly name: string;
  /**
   * Nothing where it cannot count the body; absent where its count cannot be computed here.
   * `encode` gives the number of cl100k_base tokens of a text.
   */
  readonly count?: (body: object, encode: (text: string) => number) => number | undefined;
}

/** An exported policy as it stands in a live gateway. */
export interface Deployed {
  readonly gateway: Gateway;
  readonly policy: Policy;
  readonly files: readonly ExportedFile[];
  readonly entry: string;
  /**
   * The value of a key variable that the policy's targets declare, for a gateway that wants keys
   * with a request; nothing for any other name.
   */
  readonly readKey: (variable: string) => string | undefined;
}

/** A request in the shape that reaches its rule at one gateway. */
export interface Outgoing {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface GatewayAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed answer, where it is JSON. */
  readonly body?: unknown;
}

/** Where a gateway says that it sent a request; what it does not say is absent. */
export interface Landing {
  readonly rule?: string;
  readonly target?: string;
}
