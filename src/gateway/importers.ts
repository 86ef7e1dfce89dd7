import type { Importer } from './import/importer.ts';
import { litellmImporter } from './litellm/import-litellm.ts';
import { portkeyImporter } from './portkey/import-portkey.ts';

/** Every gateway whose present routing can be read back as a policy. */
export const importers = {
  litellm: litellmImporter,
  portkey: portkeyImporter,
} as const satisfies Record<string, Importer>;

export type ImportName = keyof typeof importers;
