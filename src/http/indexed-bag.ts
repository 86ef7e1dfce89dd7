/** Who is on a roll keeps its own place there. */
export interface Enrolled {
  seat: number;
}

/**
 * Those under way, in no order. An array and not a `Set`: V8 copies the table of a set that many come
 * to and leave again and again, and each dead table leads to the next and to all who were in it, so
 * that everything they hold outlives its request until the next full collection.
 */
export class Roll<Member extends Enrolled> {
  readonly #members: Member[] = [];

  enter(member: Member): void {
    member.seat = this.#members.length;
    this.#members.push(member);
  }

  /** Only for who has entered and not left. */
  leave(member: Member): void {
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    last.seat = member.seat;
    this.#members[last.seat] = last;
  }

  /** A copy: whoever is on it may leave while it is gone through. */
  members(): Member[] {
    return [...this.#members];
  }
}
