/** Requests whose features have one of these values each may be served in these regions only. */
export interface Residency {
  /** Feature -> values, all of which must hold; `metadata.region: [eu]`. */
  readonly when: Readonly<Record<string, readonly string[]>>;
  readonly regions: readonly string[];
}

/** The value of a feature of the request in question; absent where it has none. */
export type FeatureReader = (feature: string) => string | number | boolean | undefined;

/** The regions that a request must be served in: those of the first entry that holds for it. */
export function requiredRegions(
  residency: readonly Residency[],
  read: FeatureReader,
): readonly string[] | undefined {
  return residency.find(({ when }) =>
    Object.entries(when).every(([feature, values]) => {
      const value = read(feature);
      return value !== undefined && values.includes(String(value));
    }),
  )?.regions;
}

/**
 * Whether a target may serve what must stay in `allowed`: every region it may be served from is in
 * that list. It may answer from any of its regions, so one outside is enough to refuse it, and
 * regions that are not known are outside.
 */
export function meetsRegions(
  regions: readonly string[] | undefined,
  allowed: readonly string[],
): boolean {
  return regions !== undefined && regions.length > 0 && regionsOutside(regions, allowed).length < 1;
}

/** The regions of a target that `allowed` does not have. */
export function regionsOutside(
  regions: readonly string[],
  allowed: readonly string[],
): readonly string[] {
  return regions.filter((region) => !allowed.includes(region));
}
