import type { ChatBody } from '../../workload/request.ts';
import type { WireReader } from '../answer/answer-event.ts';
import type { Target } from '../target/target.ts';

/** A wire format: how a request is written, and how its answer is read. */
export interface Wire {
  /** The same for all requests to a target. */
  address(target: Target, key: string | undefined): Address;
  /** The body as this target takes it; it goes out as JSON. */
  encode(body: ChatBody, target: Target): Record<string, unknown>;
  /**
   * A reader for one answer; it may remember what earlier events said.
   * @param provider name of the preset, whose documented rule of counting holds; absent = none is known
   */
  reader(provider?: string): WireReader;
}

/** Where a target is asked, and as whom. */
export interface Address {
  /** With query, appended to the target's base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}
