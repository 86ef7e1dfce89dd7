import { isObject, list, object, text } from '../../workload/json.ts';

/** An error as providers write it: code, type, status and message, each of them perhaps. */
export type ErrorBody = Readonly<Record<string, unknown>>;

/**
 * The error in a body: `{error: {...}}`, `{error: "..."}`, `[{error}]`, a list of errors or the body
 * itself; absent where it is no object.
 */
export function findErrorBody(json: unknown): ErrorBody | undefined {
  const outer = object(Array.isArray(json) ? json[0] : json);
  if (!outer) return undefined;
  const inner = innerError(outer);
  if (inner) return inner;
  const said =
    outer.error ??
    outer.message ??
    outer.detail ??
    outer.error_msg ??
    outer.error_message ??
    outer.msg;
  const message = text(said) ?? text(object(list(said)[0])?.msg);
  return { ...outer, code: outer.code ?? outer.error_code, message };
}

/**
 * The error in what came with a status of success and holds no answer: MiniMax says it in
 * `base_resp`, others bare, as a code with a message, or as `success: false`.
 */
export function findBareError(json: Readonly<Record<string, unknown>>): ErrorBody | undefined {
  const inner = innerError(json);
  if (inner || json.choices != null) return inner;
  const found = findErrorBody(json);
  const isOne = json.success === false || text(json.detail) !== undefined || says(found?.code);
  return isOne && text(found?.message) ? found : undefined;
}

/** Cloudflare and FastAPI say it in lists. */
function innerError(outer: Readonly<Record<string, unknown>>): ErrorBody | undefined {
  const error = object(outer.error) ?? object(outer.detail) ?? object(list(outer.errors)[0]);
  return error ?? baseResponse(outer.base_resp);
}

/** A code of 0 or 200 is that of a success. */
const says = (code: unknown) =>
  (typeof code === 'number' && code !== 0 && code !== 200) ||
  (typeof code === 'string' && !['', '0', '200'].includes(code));

/** MiniMax's codes in the words of others (its reference, "Error codes"). */
const minimaxCodes: Readonly<Record<number, string>> = {
  1001: 'timeout',
  1002: 'rate_limit',
  1004: 'invalid_api_key',
  1008: 'insufficient_balance',
  1026: 'sensitive',
  1027: 'sensitive',
  1039: 'rate_limit',
  1041: 'rate_limit',
  1042: 'invalid_request',
  2013: 'invalid_request',
  2045: 'rate_limit',
  2049: 'invalid_api_key',
  2056: 'rate_limit',
};

function baseResponse(base: unknown): ErrorBody | undefined {
  if (!isObject(base) || typeof base.status_code !== 'number' || base.status_code === 0) return;
  const message = `${text(base.status_msg) ?? 'error'} (${base.status_code})`;
  return { code: minimaxCodes[base.status_code] ?? 'internal', message };
}
