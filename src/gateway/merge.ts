import { UsageError } from '../errors.ts';
import { mergeBifrost } from './bifrost/merge-bifrost.ts';
import { diffText } from './edit/diff.ts';
import type { ExportedFile, ExportResult } from './export/exporter.ts';
import { mergeLitellm } from './litellm/merge-litellm.ts';

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

export interface MergeInto {
  readonly path: string;
  readonly text: string;
  readonly entry?: string;
}

/**
 * Puts an export into a configuration that is there already, for the gateways that have one file
 * for all: only arb's own groups are touched, and replaced when merged again.
 *
 * @throws UsageError where a setting for the whole gateway would have to change.
 */
export function merge(
  gateway: string,
  exported: Pick<ExportResult, 'files'>,
  into: MergeInto,
): Merged {
  const [main, ...others] = exported.files;
  if (!main || !isMergeable(gateway)) {
    throw new UsageError(
      `${gateway} has no file to merge into; --merge is for ${Object.keys(mergers).join(', ')}. ` +
        'Write its files into a folder instead.',
    );
  }
  const text = mergers[gateway](main.text, { entry: 'arb', ...into });
  return {
    ...{ text, others },
    diff: diffText(into.text, text),
    backup: { path: backupPath(into.path), text: into.text },
  };
}

const isMergeable = (gateway: string): gateway is keyof typeof mergers => gateway in mergers;

const mergers = {
  litellm: mergeLitellm,
  'litellm-plain': mergeLitellm,
  bifrost: mergeBifrost,
} as const satisfies Record<string, (exported: string, into: Required<MergeInto>) => string>;
