import type { ImportedLog } from './import-log.ts';

/** What an import came to for machines, in the names that files have. */
export function toImportFile(imported: ImportedLog): object {
  return {
    out: imported.out,
    makes: imported.makes,
    files: imported.files.map(({ file, format, form }) => ({ file, format, form })),
    written: imported.written,
    with_answer: imported.withAnswer,
    with_cost: imported.withCost,
    with_task: imported.withTask,
    dropped: imported.dropped,
    ...(imported.checks && { checks: imported.checks }),
    redacted: Object.fromEntries(imported.redacted),
  };
}
