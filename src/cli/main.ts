#!/usr/bin/env node
import { findNodeFault } from './node-version.ts';

// First of all and without anything else: what arb needs may not even load in an old Node.
const fault = findNodeFault(process.versions.node);
if (fault === undefined) await (await import('./start.ts')).start();
else {
  process.stderr.write(`arb: ${fault}\n`);
  process.exitCode = 2;
}
