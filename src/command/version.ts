import { readFileSync } from 'node:fs';

/** arb's own version, from its package.json two folders up, in the sources and in the build alike. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;
