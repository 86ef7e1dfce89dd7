import { UsageError } from '../../errors.ts';
import { diffText } from '../edit/diff.ts';
import type { ExportedFile, ExportResult } from '../export/exporter.ts';
import { type Gateway, isLack, type MergeInto } from './gateway.ts';

/** A user's own configuration with arb's groups in it. */
export interface Merged {
  readonly text: string;
  /** What changed, for the user to read before it is written. */
  readonly diff: string;
  /** What the file was, under the name that a rollback reads. */
  readonly backup: ExportedFile;
  /** The export's other files, as they are. */
  readonly others: readonly ExportedFile[];
}

/** Where a rollback finds the previous version of a configuration. */
export const backupPath = (path: string) => `${path}.before-arb`;

/**
 * Puts an export into a configuration that is there already, for the gateways that have one file
 * for all: only arb's own groups are touched, and replaced when merged again.
 *
 * @throws UsageError where the gateway lacks this, or a setting for all of it would have to change.
 */
export function mergeExport(
  gateway: Gateway,
  exported: Pick<ExportResult, 'files'>,
  into: MergeInto,
): Merged {
  const { name, merge } = gateway;
  const [main, ...others] = exported.files;
  if (!main || isLack(merge)) {
    const why = isLack(merge) ? `: ${merge.lacks}` : '';
    throw new UsageError(
      `${name} has no file to merge into${why}. Write its files into a folder instead (--out).`,
    );
  }
  const text = merge(main.text, { entry: 'arb', ...into });
  return {
    text,
    others,
    diff: diffText(into.text, text),
    backup: { path: backupPath(into.path), text: into.text },
  };
}
