import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { UsageError } from '../../errors.ts';
import { spool } from '../../store/file/stream-file.ts';
import { createScratch } from '../../store/scratch.ts';
import { isCompressed, readBytes } from '../../table/bytes.ts';
import { defaultReadingLimits, type ReadingLimits } from '../../workload/limits.ts';
import {
  refuseInvalid,
  type Survey,
  type SurveyOptions,
  surveyWorkload,
} from '../../workload/read.ts';

/** A workload that was surveyed, ready to be read as often as is wanted. */
export interface OpenWorkload {
  readonly survey: Survey;
  /** True where `survey.file` is a copy that goes with `release`. */
  readonly isCopy: boolean;
  release(): void;
}

interface WorkloadSource {
  /** Read where the name is `-`. */
  readonly stdin?: Readable | undefined;
  /** Leave bad lines out instead of refusing them. */
  readonly skipInvalid: boolean;
  /** @default defaultReadingLimits */
  readonly limits?: ReadingLimits | undefined;
}

/**
 * Opens what a user named as a workload: a file of one request a line, a log that `arb import` knows,
 * `-` for standard input, a pipe; gzip and Zstandard are decompressed. What cannot be read twice is
 * copied once to a temporary folder.
 *
 * @throws UsageError where there is no request in it, or a bad line that is not to be left out.
 */
export async function openWorkload(
  name: string,
  { stdin, skipInvalid, limits = defaultReadingLimits }: WorkloadSource,
): Promise<OpenWorkload> {
  if (name !== '-' && isPlain(name) && !(await isCompressedFile(name))) {
    const survey = await surveyWorkload(name, { limits });
    if (survey.requests > 0 || survey.invalid.length === 0) {
      if (!skipInvalid) refuseInvalid(survey);
      return { survey, isCopy: false, release: () => undefined };
    }
    return openCopy(name, { survey, skipInvalid, limits });
  }
  return openCopy(name, { stdin, skipInvalid, limits });
}

interface CopySource {
  readonly skipInvalid: boolean;
  readonly limits: ReadingLimits;
  readonly stdin?: Readable | undefined;
  /** Of the file itself, where it was surveyed and has no line that is a request. */
  readonly survey?: Survey;
}

async function openCopy(
  name: string,
  { skipInvalid, stdin, limits, survey: own }: CopySource,
): Promise<OpenWorkload> {
  const scratch = createScratch({});
  try {
    const file = join(scratch.dir, 'workload.jsonl');
    let survey = own;
    let log = name;
    if (!survey) {
      const open = () => (name === '-' ? (stdin ?? Readable.from([])) : createReadStream(name));
      await spool(Readable.from(readBytes({ name, open })), file);
      survey = await surveyWorkload(file, { name, limits });
      log = file;
    }
    if (survey.requests === 0)
      survey = (await importedSurvey(log, { name, limits, dir: scratch.dir })) ?? survey;
    if (!skipInvalid || survey.requests === 0) refuseInvalid(survey);
    return { survey, isCopy: true, release: () => scratch.remove() };
  } catch (error) {
    scratch.remove();
    throw error;
  }
}

/** The requests of a log in another format; nothing where its format is not known. */
async function importedSurvey(
  log: string,
  { dir, ...options }: Required<SurveyOptions> & { readonly dir: string },
): Promise<Survey | undefined> {
  // Only here: the readers of all formats are half of what inspect would load.
  const { importLog } = await import('./import/import-log.ts');
  const out = join(dir, 'imported.jsonl');
  try {
    const { written, makes } = await importLog([log], { out }, { env: {} });
    return written > 0 && makes === 'workload' ? await surveyWorkload(out, options) : undefined;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** False for a pipe or a device, which can be read once only. @throws UsageError where there is none. */
function isPlain(name: string): boolean {
  const stats = statSync(name, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    throw new UsageError(`${name}: is a folder. Name a file, or read it with arb import ${name}.`);
  }
  if (stats) return stats.isFile();
  throw new UsageError(`${name}: there is no such file. Check the path of the workload.`);
}

async function isCompressedFile(name: string): Promise<boolean> {
  const stream = createReadStream(name, { end: 3 });
  return isCompressed(Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>)));
}
