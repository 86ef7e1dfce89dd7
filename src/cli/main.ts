#!/usr/bin/env node
import { keepCompiled } from './compile-cache.ts';
import { findNodeFault } from './node-version.ts';

// First of all and without anything else: what arb needs may not even load in an old Node.
const fault = findNodeFault(process.versions.node);
if (fault === undefined) {
  keepCompiled(process.env);
  await (await import('./start.ts')).start();
} else {
  process.stderr.write(`arb: ${fault}\n`);
  process.exitCode = 2;
}
