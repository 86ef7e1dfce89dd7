#!/usr/bin/env node
import { keepCompiled } from './compile-cache.ts';
import { findNodeFault } from './node-version.ts';

// First of all and without anything else: what arb needs may not even load in an old Node.
const fault = findNodeFault(process.versions.node);
if (fault === undefined) {
  keepCompiled(process.env);
  // No await here: Node 12 does not read a file that has one at its top.
  void import('./start.ts').then(({ start }) => start());
} else {
  process.stderr.write(`arb: ${fault}\n`);
  process.exitCode = 2;
}
