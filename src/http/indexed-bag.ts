/** An item that stores its own index, so that it is removed in O(1). */
export interface Indexed {
  index: number;
}

/**
 * A set of items in no order. An array, not a `Set`: under constant add and remove V8 reallocates
 * the Set's table, and the old tables keep removed entries alive until the next full collection.
 */
export class IndexedBag<Item extends Indexed> {
  readonly #items: Item[] = [];

  add(item: Item): void {
    item.index = this.#items.length;
    this.#items.push(item);
  }

  /** Only for an item that was added and not yet removed. */
  remove(item: Item): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    last.index = item.index;
    this.#items[last.index] = last;
  }

  /** A copy, so that items can be removed while it is gone through. */
  members(): Item[] {
    return [...this.#items];
  }
}
