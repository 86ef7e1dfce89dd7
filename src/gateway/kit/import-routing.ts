import { UsageError } from '../../errors.ts';
import type { ImportResult, RoutingSource } from '../import/importer.ts';
import { type Gateway, isLack } from './gateway.ts';

/**
 * Reads a gateway's present routing back as a policy, so that "keep current" is what really runs.
 *
 * @throws UsageError where the gateway lacks this, or the file is not its own.
 */
export function importRouting(
  gateway: Gateway,
  text: string,
  options: RoutingSource,
): ImportResult {
  if (isLack(gateway.import)) {
    throw new UsageError(
      `the routing of ${gateway.name} cannot be imported: ${gateway.import.lacks}. ` +
        'Write its rules as a policy by hand.',
    );
  }
  return gateway.import(text, options);
}
