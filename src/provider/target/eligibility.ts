import type { Tokens } from '../../units.ts';
import { list, object } from '../../workload/json.ts';
import type { ChatBody } from '../../workload/request.ts';
import { meetsRegions, regionsOutside } from '../../workload/residency.ts';
import type { Target } from './target.ts';

/** What decides whether a request may go to a target, known before anything is sent. */
export interface CandidateRequest {
  readonly body: ChatBody;
  /** `metadata.data_class`. */
  readonly dataClass?: string;
  /** Regions that the request may be served in; absent = any. */
  readonly regions?: readonly string[];
  /** Input as it can be told beforehand. */
  readonly forecastTokens?: Tokens;
}

/**
 * Why a request must not be sent to `target`, in words for the skipped row, or nothing where it
 * may. What a target cannot do is a skip, never a failure; where data must not go, it never goes.
 */
export function findObstacle(target: Target, passenger: CandidateRequest): string | undefined {
  return findProhibition(target, passenger) ?? findInability(target, passenger);
}

function findProhibition(
  target: Target,
  { dataClass, regions }: CandidateRequest,
): string | undefined {
  if (target.terms?.resale === 'forbidden') return 'its terms forbid resale';
  if (dataClass !== undefined && target.dataClasses && !target.dataClasses.includes(dataClass)) {
    return `it is not cleared for data of class "${dataClass}"`;
  }
  if (regions === undefined || meetsRegions(target.regions, regions)) return undefined;
  if (target.regions.length === 0) {
    return `its region is not known, and must be ${regions.join(' or ')}`;
  }
  const outside = regionsOutside(target.regions, regions);
  return `it may be served in ${outside.join(', ')}, and must be in ${regions.join(' or ')}`;
}

function findInability(
  target: Target,
  { body, forecastTokens }: CandidateRequest,
): string | undefined {
  const needs = readNeeds(body);
  const lacks = target.cannot?.find((capability) => needs[capability]);
  if (lacks) return `it has no ${lacks}`;
  const { contextTokens } = target;
  if (contextTokens === undefined || forecastTokens === undefined) return undefined;
  if (forecastTokens <= contextTokens) return undefined;
  return `its context of ${contextTokens} tokens is too small for ${forecastTokens}`;
}

function readNeeds(body: ChatBody) {
  const parts = body.messages.flatMap(({ content }) => list(content));
  const has = (type: string) => parts.some((part) => object(part)?.type === type);
  const format = object(body.response_format)?.type;
  return {
    tools: list(body.tools).length > 0,
    vision: has('image_url'),
    json: format === 'json_object' || format === 'json_schema',
  };
}
