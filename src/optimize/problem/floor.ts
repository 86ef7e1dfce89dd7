import { UsageError } from '../../errors.ts';

/** How good is good enough, as the user wrote it. */
export type Floor =
  /** Not more than `margin` below the best single target or the baseline, request by request. */
  | { readonly kind: 'relative'; readonly to: 'best' | 'baseline'; readonly margin: number }
  | { readonly kind: 'absolute'; readonly value: number };

/** Reads `best-0.02`, `baseline-0.02`, `best`, or a bare number. @throws UsageError */
export function parseFloor(text: string): Floor {
  const relative = /^(best|baseline)(?:\s*-\s*(\d*\.?\d+))?$/.exec(text.trim());
  if (relative) {
    const margin = Number(relative[2] ?? 0);
    if (margin <= 1) return { kind: 'relative', to: relative[1] as 'best' | 'baseline', margin };
  }
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return { kind: 'absolute', value };
  throw new UsageError(
    `floor "${text}" is not understood. Write best-0.02, baseline-0.02, or a quality such as 0.85.`,
  );
}

export function formatFloor(floor: Floor): string {
  if (floor.kind === 'absolute') return String(floor.value);
  return floor.margin === 0 ? floor.to : `${floor.to}-${floor.margin}`;
}
