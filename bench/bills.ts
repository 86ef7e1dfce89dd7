import { billOf, bills, worked } from '../src/price/worked-bill.test.helper.ts';
import { usageFields } from '../src/provider/usage/usage-fields.ts';

/**
 * The worked bills against what arb makes of the same usages, equal to nine digits, and what arb
 * takes each field of a usage for, by wire: whatever is not listed makes a cost not known.
 */
const digits = 9;
let wrong = 0;
for (const bill of bills) {
  const found = billOf(bill)?.cost;
  const wanted = bill.micro_usd_by_hand;
  const right =
    wanted === null
      ? found === undefined
      : found !== undefined &&
        (found * 1e6).toPrecision(digits) === worked(wanted).toPrecision(digits);
  if (right) continue;
  wrong += 1;
  process.stdout.write(`WRONG ${bill.name}: ${found} USD, by hand ${wanted} millionths\n`);
}
const providers = new Set(
  bills.map(({ provider, catalogue, name }) => provider ?? catalogue ?? name.split(/[’, ]/)[0]),
);
const unknown = bills.filter(({ micro_usd_by_hand }) => micro_usd_by_hand === null).length;
process.stdout.write(
  `${bills.length - wrong} of ${bills.length} bills equal to ${digits} digits (${unknown} of them not known, with the field), over ${providers.size} providers\n`,
);
for (const [wire, table] of Object.entries(usageFields)) {
  const meanings = Map.groupBy(Object.entries(table), ([, meaning]) => meaning);
  process.stdout.write(`\n${wire}; every other field that is not empty or 0: not known\n`);
  for (const [meaning, fields] of meanings) {
    process.stdout.write(`  ${meaning}: ${fields.map(([field]) => field).join(', ')}\n`);
  }
}
process.exitCode = wrong > 0 ? 1 : 0;
