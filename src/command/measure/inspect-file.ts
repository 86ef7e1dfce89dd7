import type { TrafficPart } from '../../price/traffic.ts';
import type { Inspection } from './inspect.ts';

/** An inspection for machines, in the names that files have. */
export function toInspectionFile({ traffic, scoring, left_out, fits, apps }: Inspection): object {
  const groups = Object.entries(traffic.by).map(([dimension, parts]) => [
    dimension,
    Object.fromEntries([...parts].map(([name, part]) => [name, toPart(part)])),
  ]);
  return {
    total: toPart(traffic.total),
    by: Object.fromEntries(groups),
    elsewhere: traffic.elsewhere.map(({ target, costUsd, lowUsd, highUsd, priced }) => ({
      target,
      priced,
      ...(priced > 0 && { cost_usd: costUsd, low_usd: lowUsd, high_usd: highUsd }),
    })),
    app_names: Object.fromEntries(apps),
    forecast: traffic.forecast,
    scoring,
    left_out,
    targets: fits.map(({ asRecorded, ...fit }) => ({ ...fit, as_recorded: asRecorded })),
  };
}

function toPart({ requests, inputTokens, outputTokens, withOutput, costUsd, priced }: TrafficPart) {
  return {
    requests,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    with_output: withOutput,
    priced,
    ...(priced > 0 && { cost_usd: costUsd }),
  };
}
