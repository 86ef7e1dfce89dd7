import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licences of all packages that an installation of arb brings: `npm run licences` checks that
 * docs/licences.md lists them and that each is one that may be used; `--write` writes the list.
 */
const allowed = new Set([
  ...['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'],
  ...['CC0-1.0', 'Unlicense', 'Python-2.0', 'BSL-1.0', 'Zlib'],
]);

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type?: string };
}

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/licences.md');
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, Locked>>;
};
const production = Object.entries(packages).filter(
  ([path, { dev, devOptional, link }]) => path !== '' && !dev && !devOptional && !link,
);

function readManifest(path: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Manifest;
  } catch {
    // Binaries for other systems are in the lock file and not installed here.
    return undefined;
  }
}

function licenceOf({ license }: Manifest): string {
  return (typeof license === 'string' ? license : license?.type) ?? 'none';
}

/** `(MIT OR Apache-2.0)` may be used where one of them may. */
const usable = (licence: string) =>
  licence
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((one) => one.split(' AND ').every((part) => allowed.has(part.trim())));

const found = production.flatMap(([path]) => readManifest(path) ?? []);
const byLicence = Map.groupBy(found, licenceOf);
const lines = [...byLicence]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([licence, some]) => {
    const names = [...new Set(some.map(({ name }) => name))].sort();
    return `- **${licence}** (${names.length}): ${names.join(', ')}`;
  });
const text = [
  '# Licences',
  '',
  'Of the packages that an installation of arb brings, by licence. `npm run licences -- --write`',
  'writes this page; CI checks that it is current and that every licence on it may be used.',
  '',
  ...lines,
  '',
].join('\n');

const bad = found.filter((one) => !usable(licenceOf(one)));
for (const { name, version, ...one } of bad) {
  console.error(`${name} ${version}: its licence is ${licenceOf({ name, version, ...one })}.`);
}
if (process.argv.includes('--write')) writeFileSync(page, text);
const current = readFileSync(page, 'utf8') === text;
if (!current) console.error('docs/licences.md is out of date: npm run licences -- --write');
console.log(`${found.length} production packages, ${byLicence.size} licences`);

/** Known holes, where the registry can be asked. */
function audit(): string {
  try {
    const said = execFileSync('npm', ['audit', '--omit=dev', '--json'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 60_000,
    });
    return describe(said);
  } catch (error) {
    return describe((error as { stdout?: string }).stdout ?? '');
  }
}

function describe(said: string): string {
  try {
    const { metadata } = JSON.parse(said) as {
      metadata?: { vulnerabilities?: Readonly<Record<string, number>> };
    };
    const counts = metadata?.vulnerabilities;
    if (counts) {
      const some = Object.entries(counts).map(([level, count]) => `${count} ${level}`);
      return `npm audit: ${some.join(', ')}`;
    }
  } catch {}
  return 'npm audit: not known, the registry does not answer it';
}

console.log(audit());
process.exitCode = bad.length === 0 && current ? 0 : 1;
