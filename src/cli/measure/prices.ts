import { describePriceDiff } from '../../command/measure/prices/price-changes.ts';
import { toPriceDiffFile, toPriceFile } from '../../command/measure/prices/price-file.ts';
import { comparePrices, readPrices } from '../../command/measure/prices/prices.ts';
import { describePrices } from '../../command/measure/prices/prices-lines.ts';
import { exitCodes } from '../../errors.ts';
import type { PricesOptions } from '../../index.ts';
import type { Cli } from '../terminal/cli.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
A LIST is a JSON file (OpenRouter's or Together's models, LiteLLM's price map, or what
"arb prices --json" prints), an http(s) address of one, a run directory, or the name of a provider
that publishes its prices, such as openrouter.

Example:
  arb prices
  arb prices --list openrouter
  arb prices --json > prices.json && arb prices diff prices.json`;

const diffExample = `
Ends with 0 where no price changed and with 1 where one did.

Example:
  arb prices --json > prices.json
  arb prices diff prices.json`;

type PricesFlags = PricesOptions & { readonly json?: boolean };

export function addPrices({ program, shell, finish }: Cli): void {
  const command = program
    .command('prices')
    .description(summaries.prices)
    .option('--config <file>', 'the targets (default: arb.yaml)')
    .option('--list <list>', 'a price list to put beside (default: none)')
    .option('--json', 'for machines: a price list in itself')
    .addHelpText('after', example)
    .action(async (flags: PricesFlags) => {
      const prices = await readPrices(flags, shell);
      if (flags.json) sayJson(shell.stdout, toPriceFile(prices));
      else for (const line of describePrices(prices)) say(shell.stdout, line);
      finish(exitCodes.ok);
    });
  command
    .command('diff')
    .description('what changed from one price list to another')
    .argument('<old>', 'the list before')
    .argument('[new]', 'the list after (default: the targets of arb.yaml today)')
    .option('--config <file>', 'the targets (default: arb.yaml)')
    .option('--json', 'print the changes as JSON')
    .addHelpText('after', diffExample)
    .action(async (before: string, after: string | undefined, _: unknown, self: typeof command) => {
      // Options of the parent's names are parsed by the parent.
      const { json, config } = self.optsWithGlobals<PricesFlags>();
      const diff = await comparePrices([before, after], { ...(config && { config }) }, shell);
      if (json) sayJson(shell.stdout, toPriceDiffFile(diff));
      else for (const line of describePriceDiff(diff)) say(shell.stdout, line);
      // As diff(1): a nightly job learns of it.
      finish(diff.changes.length === 0 ? exitCodes.ok : exitCodes.no);
    });
}
