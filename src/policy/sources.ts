import type { Features } from '../workload/request.ts';
import type { Policy } from './policy.ts';

/** Where a policy reads what a request is about, in the order in which it looks. */
export interface Sources {
  readonly task: readonly string[];
  readonly session: readonly string[];
}

const defaults: Sources = {
  task: ['header:x-arb-task', 'metadata.task'],
  session: ['header:x-arb-session', 'metadata.session'],
};

/** `features.task.from` and `features.session.from`, else arb's own header, then the metadata. */
export function listSources({ features }: Pick<Policy, 'features'>): Sources {
  return {
    task: features.task?.from ?? defaults.task,
    session: features.session?.from ?? defaults.session,
  };
}

/** The keys of the metadata among some sources, in their order. */
export function metadataKeys(sources: readonly string[]): string[] {
  return sources.flatMap((from) =>
    from.startsWith('metadata.') ? [from.slice('metadata.'.length)] : [],
  );
}

/**
 * The features that a policy sees: a task that the request does not say itself is the first that its
 * metadata has where the policy looks. The carrier and the hook do the same; headers are looked at
 * where there are some, in the hook.
 */
export function resolveFeatures(policy: Pick<Policy, 'features'>, features: Features): Features {
  if (features.task !== undefined) return features;
  const found = first(listSources(policy).task, (key) => features[`metadata.${key}`]);
  return found === undefined ? features : { ...features, task: found };
}

/** The session of a request, by the same rule. */
export function resolveSession(
  policy: Pick<Policy, 'features'>,
  request: {
    readonly session?: string | undefined;
    readonly metadata: Readonly<Record<string, unknown>>;
  },
): string | undefined {
  if (request.session !== undefined) return request.session;
  return first(listSources(policy).session, (key) =>
    Object.hasOwn(request.metadata, key) ? request.metadata[key] : undefined,
  );
}

function first(sources: readonly string[], read: (key: string) => unknown): string | undefined {
  for (const key of metadataKeys(sources)) {
    const value = read(key);
    if (value !== undefined && value !== null) return String(value);
  }
  return undefined;
}
