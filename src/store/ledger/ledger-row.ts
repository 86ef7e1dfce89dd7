import type { Reservation } from '../../replay/event/reservation.ts';

/** A row of `reservations.jsonl`. */
export type LedgerRow =
  /** A process began to write; `boot` identifies the running system. */
  | { readonly kind: 'session'; readonly boot: string }
  /** The sum of reservations that this session may send, synced to the disk before they are sent. */
  | { readonly kind: 'lease'; readonly lease_usd: number }
  /** The session ended by itself: everything is on the disk. */
  | { readonly kind: 'closed' }
  | (Reservation & { readonly kind?: undefined });

interface Session {
  readonly boot: string;
  lease: number;
  reserved: number;
  closed: boolean;
}

/**
 * Adds up the leases of a ledger: what a crash of the machine may have lost. A session that did not
 * end by itself, and after which the system booted, may have sent up to its whole lease.
 */
export class LeaseAccount {
  readonly #sessions: Session[] = [];

  add(row: LedgerRow): void {
    const session = this.#sessions.at(-1);
    switch (row.kind) {
      case 'session':
        this.#sessions.push({ boot: row.boot, lease: 0, reserved: 0, closed: false });
        return;
      case 'lease':
        if (session) session.lease = row.lease_usd;
        return;
      case 'closed':
        if (session) session.closed = true;
        return;
      case undefined:
        if (session) session.reserved += row.worst_usd;
    }
  }

  /** USD that may have been sent without a row on file; `boot` is that of the running system. */
  lost(boot: string): number {
    return this.#sessions.reduce((sum, { lease, reserved, closed, ...session }, index) => {
      const next = this.#sessions[index + 1]?.boot ?? boot;
      if (closed || next === session.boot) return sum;
      return sum + Math.max(0, lease - reserved);
    }, 0);
  }
}
