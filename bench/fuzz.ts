import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { mutate, textEdit } from './fuzz/mutate.ts';
import { fuzzTargets } from './fuzz/targets.ts';

/**
 * Readers on inputs that are nearly right: each target's examples with some of their structure
 * changed, or of their text. `node bench/fuzz.ts [SECONDS] [SEED] [TARGET...]`. What a reader refuses must be an
 * ArbError; what it accepts must be the same when it is written and read again.
 */
const seconds = Number(process.argv[2] ?? 10);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const names = process.argv.slice(4);
let findings = 0;
for (const [name, target] of Object.entries(fuzzTargets)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const until = performance.now() + seconds * 1_000;
  let [executions, accepted] = [0, 0];
  const found = new Map<string, string>();
  for (let round = 0; performance.now() < until; round++) {
    const inputs = fc.sample(fc.tuple(mutate(target.examples), textEdit), {
      numRuns: 100,
      seed: seed + round,
    });
    for (const [input, edit] of inputs) {
      executions += 1;
      const text = edit(target.write(input));
      try {
        if (target.check(text, isDeepStrictEqual)) accepted += 1;
      } catch (error) {
        const what = (error as Error).stack?.split('\n').slice(0, 2).join(' ') ?? String(error);
        if (!found.has(what)) found.set(what, text);
      }
    }
  }
  for (const [what, text] of found) {
    console.log(`${name}: ${what}\n  seed ${seed}: ${JSON.stringify(text.slice(0, 2_000))}`);
  }
  findings += found.size;
  console.log(
    `${name}: ${executions} executions in ${seconds} s, ${accepted} accepted, ${found.size} findings`,
  );
}
process.exitCode = findings === 0 ? 0 : 1;
