import { meetsRegions } from '../workload/residency.ts';

/**
 * Whether a target meets what a rule requires. A bare name, whose regions are not known, meets no
 * requirement.
 */
export function meetsRequirement(
  target: { readonly regions?: readonly string[] | undefined } | undefined,
  require: { readonly regions?: readonly string[] | undefined } | undefined,
): boolean {
  return require?.regions === undefined || meetsRegions(target?.regions, require.regions);
}
