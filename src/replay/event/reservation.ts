import type { Usd } from '../../units.ts';

/** The most that one attempt can cost, written to the ledger before it is sent. */
export interface Reservation {
  readonly request_id: string;
  readonly target: string;
  readonly pass: number;
  readonly attempt: number;
  readonly worst_usd: number;
}

/** What the measuring thread hands to the thread that keeps its reservations. */
export interface LedgerEntry {
  /** From 1. */
  readonly number: number;
  readonly reservations: readonly Reservation[];
  /** A new lease: the sum of all reservations of this process that may be sent, in USD. */
  readonly lease?: Usd;
}

/** What the keeper answers. */
export type Receipt =
  /** This entry and all before it are in the file: they survive the death of the process. */
  | { readonly kind: 'written'; readonly number: number }
  /** The lease is on the disk itself: it survives the death of the machine. */
  | { readonly kind: 'leased'; readonly lease: Usd }
  | { readonly kind: 'fault'; readonly message: string };
