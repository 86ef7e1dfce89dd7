import { spawn } from 'node:child_process';
import { UsageError } from '../../../errors.ts';
import { spool } from '../../../store/file/stream-file.ts';
import type { Env } from '../../context.ts';

/** Whether a name is the address of a database rather than of a file. */
export const isDatabase = (name: string): boolean => /^postgres(?:ql)?:\/\//.test(name);

/**
 * One row a line as JSON. COPY streams from one snapshot, so neither side holds the table. JSON text
 * has no control characters, so as quote and delimiter they leave every row as it is.
 */
const readTable = `COPY (SELECT row_to_json(t) FROM "LiteLLM_SpendLogs" t ORDER BY "startTime") TO STDOUT WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')`;

/** The address without its password, for messages. */
export const redactDatabaseUrl = (url: string): string =>
  url
    .replace(/^(postgres(?:ql)?:\/\/[^:@/]*):[^@/]*@/, '$1@')
    .replace(/([?&]password=)[^&]*/g, '$1...');

/**
 * Keeps LiteLLM's table of spend logs as a file of JSON Lines, read by PostgreSQL's own client in a
 * transaction that cannot write. @throws UsageError where there is no client, server or table.
 */
export async function spoolSpendLogs(url: string, file: string, env: Env): Promise<void> {
  const args = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--command', readTable];
  const child = spawn('psql', args, {
    env: { ...env, ...toEnv(url), PGOPTIONS: '-c default_transaction_read_only=on' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 2_000) said += text;
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      resolve(code === 'ENOENT' ? 'psql is not installed' : message),
    );
    child.once('close', (code) => resolve(code === 0 ? undefined : (said.split('\n')[0] ?? '')));
  });
  await spool(child.stdout, file);
  const fault = await ended;
  if (fault === undefined) return;
  const next =
    "Give the address of LiteLLM's database, and have PostgreSQL's client (psql) installed.";
  throw new UsageError(`${redactDatabaseUrl(url)}: cannot be read: ${fault}. ${next}`);
}

const NO_HOST = 'none.invalid';

/** What libpq reads of an address, so that no password stands in the list of processes. */
function toEnv(url: string): Env {
  let address: URL;
  try {
    // A socket has no host, which only libpq accepts beside a user.
    address = new URL(url.replace(/^(\w+:\/\/[^/@]*@)\//, `$1${NO_HOST}/`));
  } catch {
    throw new UsageError(
      'the address of the database is none. Write postgresql://USER@HOST/DATABASE.',
    );
  }
  const { hostname, port, username, password, pathname, searchParams } = address;
  const given = {
    PGHOST: searchParams.get('host') ?? (hostname === NO_HOST ? '' : hostname),
    PGPORT: searchParams.get('port') ?? port,
    PGUSER: searchParams.get('user') ?? decodeURIComponent(username),
    PGPASSWORD: searchParams.get('password') ?? decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGSSLMODE: searchParams.get('sslmode') ?? '',
    PGSSLROOTCERT: searchParams.get('sslrootcert') ?? '',
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}
