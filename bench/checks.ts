import { checkAnswer } from '../src/judge/check/check.ts';
import { measures } from '../src/judge/check/measures.ts';

/**
 * Deterministic checks run in the thread that records, so they must not hold it up: at least 100
 * different JSON Schemas a second (compiling the schema of schemas for each took 20 ms apiece), and
 * a second for the measures on a text of a megabyte.
 */
const schemas = 400;
const check = (n: number) =>
  checkAnswer([{ json_schema: { type: 'object', required: [`k${n}`] } }], {
    answer: `{"k${n}":1}`,
  })?.quality;
check(0);
const startedAt = performance.now();
for (let n = 1; n <= schemas; n++) if (check(n) !== 1) throw new Error(`schema ${n} failed`);
const perSchema = (performance.now() - startedAt) / schemas;

const answer = 'word and another '.repeat(60_000);
const measured = (['token_f1', 'rouge_l', 'edit_similarity'] as const).map((name) => {
  const from = performance.now();
  measures[name]({ answer }, { answer: `${answer}.` });
  return { name, ms: performance.now() - from };
});
const rows = [{ name: 'a new JSON Schema', ms: perSchema, most: 10 }].concat(
  measured.map((row) => ({ ...row, most: 1_000 })),
);
for (const { name, ms, most } of rows) {
  process.stdout.write(`${name}: ${ms.toFixed(2)} ms (at most ${most})\n`);
}
process.exitCode = rows.some(({ ms, most }) => ms > most) ? 1 : 0;
