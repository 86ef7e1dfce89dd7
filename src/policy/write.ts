import { Document, isMap, isScalar, isSeq, visit, type YAMLMap } from 'yaml';
import { z } from 'zod';
import { yamlDocument } from '../encode.ts';
import { UsageError } from '../errors.ts';
import { formerPolicyId, policyId, type Written } from './id.ts';
import { type Policy, policySchema } from './policy.ts';
import { readYaml, type YamlFile } from './yaml.ts';

/** A policy without its id, as a builder has it. */
export type PolicyDraft = Omit<z.input<typeof policySchema>, 'version' | 'id'>;

/** Completes a draft: checks it, and names it by what it decides. @throws ZodError */
export function makePolicy(draft: PolicyDraft): Policy {
  const policy = policySchema.parse({ ...draft, version: 1, id: 'none' });
  return { ...policy, id: policyId(toWritten(policy)) };
}

/**
 * Reads `routes.yaml`. A policy whose id is not that of what it decides was edited: it gets the id
 * of what it decides, `edited` says the one it claimed, its evidence is left out and it is
 * uncertified, as every policy without an id is.
 *
 * @throws UsageError with file, line and next step.
 */
export function parsePolicy(text: string, file: string): Policy {
  const document = readYaml(text, file);
  refuseOther(document.value, file);
  const policy = document.parse(policySchema);
  const status = policy.status === 'certified' ? 'uncertified' : policy.status;
  if (policy.id === 'none') return { ...policy, status };
  const id = policyId(document.value as Written);
  if (policy.id === id || policy.id === formerPolicyId(policy)) return policy;
  const { evidence: _, ...rest } = policy;
  return { ...rest, status, id, edited: policy.id };
}

/** The name of a policy that somebody wrote or edited, and its text with that name. */
export interface NamedText {
  readonly id: string;
  /** What the file says now. */
  readonly claimed: string;
  /**
   * The file with this id. Of a policy that was edited it has no evidence, and is uncertified; every
   * other byte is as it was.
   */
  readonly text: string;
}

/** Names a policy by what it decides, whatever its id says. @throws UsageError */
export function namePolicy(text: string, file: string): NamedText {
  const document = readYaml(text, file);
  const { id: claimed } = document.value as { id?: unknown };
  const unnamed = document.replace('id', 'none');
  if (unnamed === undefined) {
    throw new UsageError(`${file}: the policy has no id. Add the line "id: none" below version.`);
  }
  const policy = readYaml(unnamed, file).parse(policySchema);
  const id = policyId(document.value as Written);
  if (claimed === id || claimed === formerPolicyId(policy)) {
    return { id: String(claimed), claimed: String(claimed), text };
  }
  return { id, claimed: String(claimed), text: withoutEvidence(document, id, file) };
}

/** What was shown of the policy that had the other id is not shown of this one. */
function withoutEvidence(document: YamlFile, id: string, file: string): string {
  const named = document.replace('id', id);
  const certified = (document.value as Written).status === 'certified';
  const stated = certified ? readYaml(named ?? '', file).replace('status', 'uncertified') : named;
  return readYaml(stated ?? '', file).remove('evidence') ?? stated ?? '';
}

/** Another file is refused as one, instead of by each key that it has and lacks. */
function refuseOther(value: unknown, file: string): void {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && ('rules' in value || 'version' in value)) return;
  throw new UsageError(
    `${file}: this is no routes.yaml: it has neither version nor rules. Give a policy, as "arb recommend --out routes.yaml" writes it.`,
  );
}

/** What a reader has to be told about a policy, one sentence each. */
export function policyNotices(policy: Policy): readonly string[] {
  return [...noticeEdit(policy), ...noticeAddresses(policy)];
}

/** An address is not part of what a policy decides, so another one keeps the id and is said. */
function noticeAddresses({ targets, evidence }: Policy): string[] {
  const measured = new Map(Object.entries((evidence?.addresses ?? {}) as Record<string, unknown>));
  return Object.entries(targets).flatMap(([name, { base_url: now }]) => {
    const then = measured.get(name);
    if (typeof then !== 'string' || now === undefined || then === now) return [];
    return [`target ${name} is reached at ${now}, and was measured at ${then}`];
  });
}

function noticeEdit(policy: Policy): string[] {
  if (policy.edited === undefined) return [];
  return [
    `the policy was edited after it was named ${policy.edited} (what it decides is ${policy.id}): ` +
      'its evidence is void and it is uncertified. Name it with: arb policy id FILE --write',
  ];
}

/**
 * The text of `routes.yaml`; a policy that has an id is named by what the text decides.
 *
 * @param comments a line above each rule, by its name
 */
export function formatPolicy(
  policy: Policy,
  comments: ReadonlyMap<string, string> = new Map(),
): string {
  const written = toWritten(policy);
  const kept = policy.id === 'none' || policy.id === formerPolicyId(policy);
  const id = kept ? policy.id : policyId(written);
  const document = new Document({ ...written, id });
  visit(document, {
    // Lists of words stand on one line, as people write them.
    Seq: (_, list) => {
      if (list.items.every((item) => isScalar(item))) list.flow = true;
    },
    // So do conditions and prices: a reviewer compares lines.
    Pair: (_, { key, value }) => {
      if (isScalar(key) && isMap(value) && ON_ONE_LINE.has(String(key.value))) value.flow = true;
    },
  });
  const rules = document.get('rules');
  if (isSeq<YAMLMap>(rules)) {
    for (const rule of rules.items) {
      const comment = comments.get(String(rule.get('name')));
      if (comment !== undefined) rule.commentBefore = ` ${comment}`;
    }
  }
  const schemaLine = `# yaml-language-server: $schema=./${policySchemaFile}\n`;
  return schemaLine + yamlDocument(document);
}

/** Keys whose maps are short enough for a line. */
const ON_ONE_LINE = new Set([
  'when',
  'require',
  'price',
  'retry',
  'timeouts',
  'input_tokens',
  'saving',
]);

/** The published schema, by the name that the text of a policy looks for beside itself. */
export const policySchemaFile = 'routes.v1.schema.json';

/** A policy as its file says it, in the order of the contract, without what is a default. */
function toWritten(policy: Policy): Written {
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
  return {
    version,
    id,
    status,
    features,
    ...(sticky && { sticky }),
    targets,
    ...(on_failure && { on_failure }),
    rules: rules.map(withoutEmpty),
    ...(evidence && { evidence }),
    extensions,
  };
}

function withoutEmpty(rule: Policy['rules'][number]): object {
  const { fallback, ...rest } = rule;
  return fallback.length > 0 ? { ...rest, fallback } : rest;
}

/** The published JSON Schema of `routes.yaml`. */
export function policyJsonSchema(): object {
  const schema = z.toJSONSchema(policySchema, { io: 'input' });
  return { ...schema, $id: policySchemaFile, title: 'arb routing policy, version 1' };
}
