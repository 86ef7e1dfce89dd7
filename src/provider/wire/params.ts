import type { ChatBody } from '../../workload/request.ts';
import type { Target } from '../target/target.ts';

/**
 * The body as this target takes it: first dropped, then renamed, then set, so that `set` always
 * wins. A value that is null or undefined is not known and is not sent.
 */
export function adapt(body: ChatBody, { params }: Pick<Target, 'params'>): ChatBody {
  const { rename, drop, set } = params;
  const adapted: Record<string, unknown> = {};
  for (const name in body) {
    const value = body[name];
    if (value == null || drop.includes(name)) continue;
    adapted[rename[name] ?? name] = value;
  }
  return Object.assign(adapted, set, { messages: body.messages });
}

/** The header that carries the key, where there is one. */
export function authorization(
  target: Pick<Target, 'auth'>,
  key: string | undefined,
): Record<string, string> {
  if (key === undefined) return {};
  const auth = target.auth ?? 'bearer';
  return auth === 'bearer' ? { authorization: `Bearer ${key}` } : { [auth]: key };
}
