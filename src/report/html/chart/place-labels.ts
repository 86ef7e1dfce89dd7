/** A label beside its mark. */
export interface ChartLabel {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
}

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const letter = 6.6;
const height = 14;
const away = 9;

/**
 * Where the names of marks stand without one lying on another: to the right or left of it, above, level or
 * below. A name without room is left out; the table of numbers has it.
 *
 * @param limits of the chart, in its units
 */
export function placeLabels(
  spots: readonly Spot[],
  limits: { readonly left: number; readonly right: number },
): readonly (ChartLabel | undefined)[] {
  const taken: Box[] = spots.map(({ x, y }) => ({
    left: x - 5,
    right: x + 5,
    top: y - 5,
    bottom: y + 5,
  }));
  return spots.map(({ x, y, text }) => {
    const width = letter * text.length;
    for (const dy of [4, -8, 16]) {
      for (const anchor of ['start', 'end'] as const) {
        const left = anchor === 'start' ? x + away : x - away - width;
        const box = { left, right: left + width, top: y + dy - height + 3, bottom: y + dy + 2 };
        const fits = left >= limits.left && box.right <= limits.right;
        if (!fits || taken.some((other) => overlap(box, other))) continue;
        taken.push(box);
        return { x: anchor === 'start' ? x + away : x - away, y: y + dy, anchor };
      }
    }
    return undefined;
  });
}

const overlap = (a: Box, b: Box) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
