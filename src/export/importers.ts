import { litellmImporter } from './import-litellm.ts';
import { portkeyImporter } from './import-portkey.ts';
import type { Importer } from './importer.ts';

/** Every gateway whose present routing can be read back as a policy. */
export const importers = {
  litellm: litellmImporter,
  portkey: portkeyImporter,
} as const satisfies Record<string, Importer>;

export type ImportName = keyof typeof importers;
