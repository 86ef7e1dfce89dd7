import { existsSync } from 'node:fs';
import { inspectTraffic, type Traffic } from '../../price/traffic.ts';
import { readWorkload, refuseInvalid, surveyWorkload } from '../../workload/read.ts';
import { loadForecast } from '../../workload/tokens.ts';
import { loadConfig } from '../config/config.ts';
import type { CommandContext } from '../context.ts';

/** What a workload is priced at. */
export interface InspectOptions {
  /** Targets to price the same traffic at. @default 'arb.yaml', where there is one */
  readonly config?: string;
  /** Leave bad lines of the workload out. @default false: they are refused */
  readonly skipInvalid?: boolean;
}

/** What the traffic is and costs today, before anything is sent. @throws WorkloadError, UsageError */
export async function inspect(
  workload: string,
  { config, skipInvalid = false }: InspectOptions,
  { now }: Pick<CommandContext, 'now'>,
): Promise<Traffic> {
  const survey = await surveyWorkload(workload);
  if (!skipInvalid) refuseInvalid(survey);
  const configured = config !== undefined || existsSync('arb.yaml');
  return inspectTraffic(readWorkload(workload), {
    targets: configured ? loadConfig(config).targets : [],
    at: now(),
    forecast: await loadForecast(),
  });
}
