import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Puts what `arb demo` lays out into the build, compressed: the workload alone is 8 MB. */
const root = join(import.meta.dirname, '..');
const to = join(root, 'dist', 'fixtures');

mkdirSync(to, { recursive: true });
for (const name of ['arb.yaml', 'market.yaml', 'routes.yaml', 'workload.jsonl']) {
  const file = `practice.${name}`;
  writeFileSync(
    join(to, `${file}.gz`),
    gzipSync(readFileSync(join(root, 'fixtures', file)), { level: 9 }),
  );
}
