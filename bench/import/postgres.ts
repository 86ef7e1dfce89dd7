import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { virtualEnvironment } from '../gateways/venv.ts';

/** A PostgreSQL of its own with LiteLLM's tables. */
export interface Database {
  readonly url: string;
  /** Adds rows of `LiteLLM_SpendLogs`, each as JSON. */
  insert(rows: readonly string[]): void;
  count(): number;
  stop(): void;
}

/** Starts one on a socket in a temporary folder; undefined where PostgreSQL is not installed. */
export function startDatabase(): Database | undefined {
  const bin = findPrograms();
  if (bin === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'arb-pg-'));
  const owner = userFor(folder);
  const run = (program: string, args: readonly string[], input?: string) => {
    const options = { encoding: 'utf8', cwd: folder, ...owner, input } as const;
    const { status, stdout, stderr } = spawnSync(join(bin, program), args, options);
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout.trim();
  };
  const data = join(folder, 'data');
  run('initdb', ['--pgdata', data, '--username', 'arb', '--auth', 'trust', '--no-sync']);
  const options = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c fsync=off`;
  run('pg_ctl', ['--pgdata', data, '--log', join(folder, 'log'), '--wait', '-o', options, 'start']);
  const psql = (text: string) =>
    run(
      'psql',
      [
        '--host',
        folder,
        '--username',
        'arb',
        '--dbname',
        'postgres',
        '--quiet',
        '--tuples-only',
        '--set=ON_ERROR_STOP=1',
      ],
      text,
    );
  psql(readMigrations().join('\n'));
  return {
    url: `postgresql://arb@/postgres?host=${encodeURIComponent(folder)}`,
    insert(rows) {
      const tag = '$arb_row$';
      const values = rows.map((row) => {
        // Columns that are not given take the table's defaults.
        const names = Object.keys(JSON.parse(row)).map((name) => `"${name}"`);
        const record = `NULL::"LiteLLM_SpendLogs", ${tag}${toColumns(row)}${tag}::jsonb`;
        return `INSERT INTO "LiteLLM_SpendLogs" (${names}) SELECT ${names} FROM jsonb_populate_record(${record});`;
      });
      psql(`BEGIN; ${values.join('\n')} COMMIT;`);
    },
    count: () => Number(psql('SELECT count(*) FROM "LiteLLM_SpendLogs"')),
    stop() {
      run('pg_ctl', ['--pgdata', data, '--mode', 'immediate', 'stop']);
      rmSync(folder, { recursive: true });
    },
  };
}

/** LiteLLM hands JSON columns to its database client as text of JSON, which the client undoes. */
function toColumns(row: string): string {
  const columns = JSON.parse(row) as Record<string, unknown>;
  const json = ['metadata', 'request_tags', 'messages', 'response', 'proxy_server_request'];
  for (const name of json) {
    const value = columns[name];
    if (typeof value === 'string') columns[name] = JSON.parse(value);
  }
  return JSON.stringify(columns);
}

/** The migrations that LiteLLM's proxy runs, in order. */
function readMigrations(): string[] {
  const lib = join(virtualEnvironment('litellm', 'requirements.txt'), '..', 'lib');
  const [python = ''] = readdirSync(lib);
  const folder = join(lib, python, 'site-packages', 'litellm_proxy_extras', 'migrations');
  return readdirSync(folder, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map((each) => each.name)
    .sort()
    .map((name) => readFileSync(join(folder, name, 'migration.sql'), 'utf8'));
}

/** Debian keeps the server's programs out of the path. */
function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  try {
    const [version] = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    return version === undefined ? undefined : join(root, version, 'bin');
  } catch {
    return undefined;
  }
}

/** The server does not run as root: it gets the folder and the user of the package. */
function userFor(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout),
  );
  if (!uid || !gid) throw new Error('there is no user postgres to run the server as');
  chownSync(folder, uid, gid);
  return { uid, gid };
}
