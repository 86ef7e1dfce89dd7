import type { Manifest } from '../../store/manifest.ts';
import { type ReadingLimits, toReadingLimits } from '../../workload/limits.ts';
import { configSections } from './schema.ts';

const withLimits = configSections.pick({ limits: true }).loose();

/** Within which the workload of a run is read again: those that it was measured with. */
export function toRunLimits({ config }: Pick<Manifest, 'config'>): ReadingLimits {
  const { data } = withLimits.safeParse(config);
  return toReadingLimits(data?.limits);
}
