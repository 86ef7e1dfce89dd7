import { createReadStream, globSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { UsageError } from '../../../errors.ts';
import { spool } from '../../../store/file/stream-file.ts';
import { createScratch, type Scratch } from '../../../store/scratch.ts';
import type { Source } from '../../../table/source.ts';
import type { CommandContext } from '../../context.ts';
import { isDatabase, redactDatabaseUrl, spoolSpendLogs } from './postgres-table.ts';

/** Files to read, and how to remove what was kept of standard input and pipes. */
export interface LogSources {
  readonly sources: readonly Source[];
  release(): void;
}

/**
 * The files that names stand for: a file, a folder with all files in it, a glob pattern, `-` for standard
 * input, the address of LiteLLM's database. What is no regular file is kept in the system's temporary
 * folder until it is released, as it is read more than once. @throws UsageError where a name stands for nothing.
 */
export async function openLogSources(
  names: readonly string[],
  { stdin = Readable.from([]), env }: Pick<CommandContext, 'stdin' | 'env'>,
): Promise<LogSources> {
  const sources: Source[] = [];
  let scratch: Scratch | undefined;
  try {
    for (const name of names.flatMap(expand)) {
      if (name !== '-' && !isDatabase(name) && statSync(name).isFile()) {
        sources.push(toSource(name, name));
        continue;
      }
      scratch ??= createScratch({});
      const file = join(scratch.dir, String(sources.length));
      if (isDatabase(name)) await spoolSpendLogs(name, file, env);
      else await spool(name === '-' ? stdin : createReadStream(name), file);
      sources.push(toSource(redactDatabaseUrl(name), file));
    }
  } catch (error) {
    scratch?.remove();
    throw error;
  }
  return { sources, release: () => scratch?.remove() };
}

/** Logs are large: fewer, larger pieces than Node's 64 KB. */
const PIECE = 256 * 1_024;

const toSource = (name: string, path: string): Source => ({
  name,
  path,
  open: () => createReadStream(path, { highWaterMark: PIECE }),
});

function expand(name: string): string[] {
  if (name === '-' || isDatabase(name)) return [name];
  const stats = statSync(name, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    const inside = readdirSync(name, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile() && !each.name.startsWith('.'))
      .map((each) => join(each.parentPath, each.name));
    if (inside.length === 0)
      throw new UsageError(`${name}: the folder is empty. Give one with logs.`);
    return inside.sort();
  }
  if (stats) return [name];
  const found = /[*?[{]/.test(name) ? globSync(name).sort() : [];
  if (found.length > 0) return found;
  throw new UsageError(`${name}: there is no such file. Check the path.`);
}
