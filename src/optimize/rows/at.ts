/**
 * The element at an index that is in range. An index outside is a bug of the caller: read as 0 it
 * would be a cost of nothing in an optimiser that signs certificates.
 *
 * @throws RangeError where there is no element
 */
export function at<T>(array: ArrayLike<T>, index: number): T {
  const value = array[index];
  return value === undefined ? outside(array, index) : value;
}

/**
 * `at` for the solver's inner loops. V8 keeps one record of element kinds per function, so that a
 * function of its own for each kind is compiled to a plain load; `at` is called with all kinds.
 */
export function floatAt(array: Float64Array, index: number): number {
  const value = array[index];
  return value === undefined ? outside(array, index) : value;
}

/** @see floatAt */
export function intAt(array: Int32Array, index: number): number {
  const value = array[index];
  return value === undefined ? outside(array, index) : value;
}

/**
 * An array that is read in a loop too hot for a check at every read: its length is checked once before.
 *
 * @throws RangeError where it has another number of elements
 */
export function ofLength<T extends ArrayLike<unknown>>(array: T, length: number): T {
  if (array.length !== length) {
    throw new RangeError(`${array.length} elements instead of ${length}`);
  }
  return array;
}

function outside({ length }: ArrayLike<unknown>, index: number): never {
  throw new RangeError(`index ${index} of ${length} elements`);
}
