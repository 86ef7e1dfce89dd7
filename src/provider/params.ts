import type { ChatBody } from '../workload/request.ts';
import type { Target } from './target.ts';

/**
 * The body as this target takes it: first dropped, then renamed, then set, so that `set` always
 * wins. A value that is null or undefined is not known and is not sent.
 */
export function adapt(body: ChatBody, { params }: Pick<Target, 'params'>): ChatBody {
  const { rename, drop, set } = params;
  const kept = Object.entries(body)
    .filter(([name, value]) => value !== undefined && value !== null && !drop.includes(name))
    .map(([name, value]) => [rename[name] ?? name, value]);
  return { ...Object.fromEntries(kept), ...set, messages: body.messages };
}

/** The header that carries the key. */
export function authorization(target: Pick<Target, 'auth'>, key: string): Record<string, string> {
  const auth = target.auth ?? 'bearer';
  return auth === 'bearer' ? { authorization: `Bearer ${key}` } : { [auth]: key };
}
