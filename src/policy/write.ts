import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type Policy, policySchema } from './policy.ts';
import { parseYaml } from './yaml.ts';

/** A policy without its name and status, as a builder has it. */
export type PolicyDraft = Omit<z.input<typeof policySchema>, 'version' | 'id'>;

/** Completes a draft: checks it, and names it by what it decides. */
export function makePolicy(draft: PolicyDraft): Policy {
  const policy = policySchema.parse({ ...draft, version: 1, id: 'sha256-' });
  return { ...policy, id: policyId(policy) };
}

/** Reads `routes.yaml`. @throws UsageError with file, line and next step. */
export function parsePolicy(text: string, file: string): Policy {
  return parseYaml(policySchema, text, file);
}

/** Same decision, same id: a hash over features, stickiness, targets and rules, not the evidence. */
export function policyId(
  policy: Pick<Policy, 'features' | 'sticky' | 'targets' | 'rules' | 'on_failure'>,
): string {
  const { features, sticky, targets, rules, on_failure } = policy;
  const decides = canonicalJson({ features, sticky, targets, rules, on_failure });
  return `sha256-${createHash('sha256').update(decides).digest('hex').slice(0, 16)}`;
}

/** JSON with sorted keys and without absent values: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
    return Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The text of `routes.yaml`. */
export function formatPolicy(policy: Policy): string {
  const {
    version,
    id,
    status,
    features,
    sticky,
    targets,
    on_failure,
    rules,
    evidence,
    extensions,
  } = policy;
  const ordered = {
    ...{ version, id, status, features },
    ...(sticky && { sticky }),
    targets,
    ...(on_failure && { on_failure }),
    rules: rules.map(withoutEmpty),
    ...(evidence && { evidence }),
    extensions,
  };
  const schemaLine = '# yaml-language-server: $schema=./routes.v1.schema.json\n';
  return schemaLine + stringify(ordered, { lineWidth: 100, flowCollectionPadding: false });
}

function withoutEmpty(rule: Policy['rules'][number]): object {
  const { fallback, ...rest } = rule;
  return fallback.length > 0 ? { ...rest, fallback } : rest;
}

/** The published JSON Schema of `routes.yaml`. */
export function policyJsonSchema(): object {
  const schema = z.toJSONSchema(policySchema, { io: 'input' });
  return { ...schema, $id: 'routes.v1.schema.json', title: 'arb routing policy, version 1' };
}
