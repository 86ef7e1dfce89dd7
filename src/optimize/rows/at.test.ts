import { describe, expect, it } from 'vitest';
import { at, floatAt, intAt } from './at.ts';

describe('the accessor of elements', () => {
  it('reads what is there, an element of 0 too', () => {
    expect(at(['a', 'b'], 1)).toBe('b');
    expect(at(Uint8Array.of(0, 7), 0)).toBe(0);
    expect(floatAt(Float64Array.of(0.5, 0), 1)).toBe(0);
    expect(intAt(Int32Array.of(3), 0)).toBe(3);
  });

  it('throws for an index that is not there instead of taking it for 0', () => {
    expect(() => at(['a'], 1)).toThrow('index 1 of 1 elements');
    expect(() => floatAt(Float64Array.of(1, 2), -1)).toThrow(RangeError);
    expect(() => intAt(new Int32Array(), 0)).toThrow('index 0 of 0 elements');
    expect(() => floatAt(Float64Array.of(1), 0.5)).toThrow(RangeError);
  });
});
