import { count } from '../../workload/json.ts';
import type { ChatBody } from '../../workload/request.ts';

/** `max_tokens` must be said; every Claude model ever served takes this much. */
export const defaultMaxTokens = 4_096;

const byBudget = /claude-(?:[123v]|(?:sonnet|opus|haiku)-4(?:-[015])?(?:$|-20|-latest|@))/;

/** The models before 4.6 think by a budget in tokens instead of an effort. */
export const thinksByBudget = (model: string): boolean => byBudget.test(model);

/** From Opus 4.7 on, sampling parameters are refused. */
export const refusesSampling = (model: string): boolean =>
  !byBudget.test(model) && !/-4[.-]6/.test(model);

/** What of a request a Claude model does not take, or takes in other values. */
export function describeModelLimits(body: ChatBody, model: string): string[] {
  const said: string[] = [];
  const temperature = count(body.temperature);
  if (refusesSampling(model)) {
    for (const name of ['temperature', 'top_p', 'top_k']) {
      if (body[name] != null) said.push(`${name} is left out, as the model refuses it`);
    }
  } else if (temperature !== undefined && temperature > 1) {
    said.push(`temperature ${temperature} is sent as 1`);
  }
  if ((count(body.max_completion_tokens) ?? count(body.max_tokens)) === undefined) {
    said.push(`max_tokens is set to ${defaultMaxTokens}`);
  }
  return said;
}
