import { lookUp } from '../../record.ts';
import { list } from '../../workload/json.ts';
import type { ChatBody, Message } from '../../workload/request.ts';
import type { Target, TargetParams } from '../target/target.ts';
import { toolsFromFunctions, usesFunctions } from './legacy-functions.ts';

/**
 * The body as this target takes it: first dropped, then renamed, then set, so that `set` always
 * wins. A value that is null or undefined is not known and is not sent. `rename` holds for fields and
 * for roles of messages; `functions: tools` puts the older words for calls into the newer ones. A
 * field that is there under both names keeps the value of the name that is sent.
 */
export function adapt(body: ChatBody, { params }: Pick<Target, 'params'>): ChatBody {
  const { rename, drop, set } = params;
  const adapted: Record<string, unknown> = Object.create(null);
  for (const name in body) {
    const value = body[name];
    if (value == null || drop.includes(name) || ownNames.includes(name)) continue;
    const sentAs = (Object.hasOwn(rename, name) && rename[name]) || name;
    if (sentAs !== name && lookUp(body, sentAs) != null) continue;
    adapted[sentAs] = value;
  }
  const renamed = renameRoles(body.messages, rename);
  if (rename.functions !== 'tools' || !usesFunctions(body)) {
    return Object.assign(adapted, set, { messages: renamed });
  }
  const kept = (name: string) => (drop.includes(name) ? undefined : body[name]);
  const older = { functions: kept('functions'), tools: list(kept('tools')), messages: renamed };
  const newer = toolsFromFunctions({ ...adapted, ...older });
  return { ...newer, ...set, messages: newer.messages };
}

/** What arb says itself in every request. */
const ownNames = ['model', 'stream', 'stream_options'];

/** Names of roles that are no names of fields. */
const renamableRoles = ['developer', 'system', 'assistant', 'tool'];

function renameRoles(
  messages: readonly Message[],
  rename: TargetParams['rename'],
): readonly Message[] {
  if (!renamableRoles.some((role) => rename[role] !== undefined)) return messages;
  return messages.map((message) => {
    const role = renamableRoles.includes(message.role) ? rename[message.role] : undefined;
    return role === undefined ? message : { ...message, role };
  });
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
