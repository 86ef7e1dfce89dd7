import { distance } from 'fastest-levenshtein';
import type { core, z } from 'zod';
import { UsageError } from './errors.ts';

/** One thing wrong with a parsed value: where in it, and what to do, in words. */
export interface InputFault {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/**
 * Parses `value`, or throws a `UsageError` with one line per fault: where, what, next step. An
 * unknown key is reported with the nearest known one.
 */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = describeFaults(schema, result.error);
  throw new UsageError(faults.map((fault) => `${where}: ${fault.text}`).join('\n'));
}

/** The faults of a failed parse, unknown keys with their nearest known neighbour. */
export function describeFaults(schema: z.ZodType, error: z.ZodError): InputFault[] {
  return error.issues.flatMap((issue) => describeIssue(schema, issue));
}

function describeIssue(schema: z.ZodType, issue: core.$ZodIssue): InputFault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const home = bodyParameters.includes(key) && describeHome(key, known);
      const hint = home || (near ? `did you mean "${near}"?` : `known keys: ${known.join(', ')}.`);
      const path = [...issue.path, key];
      if (known.includes(key)) {
        const form = formWith(schema, issue.path, key);
        return { path, text: `${path.join('.')}: does not go with the keys beside it; ${form}` };
      }
      return { path, text: `unknown key "${path.join('.')}"; ${hint}` };
    });
  }
  if (issue.code === 'invalid_union') {
    const meant = meantBranch(issue.errors);
    const missing = issue.errors.filter((branch) => branch.every(isMissing));
    if (meant?.every(isMissing) && missing.length > 1) {
      // None of its forms was begun, and which of them is meant nobody knows.
      const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      const keys = new Set(missing.map(([first]) => String(first?.path.at(-1))));
      return [{ path: issue.path, text: `${where}needs one of the keys ${[...keys].join(', ')}` }];
    }
    if (meant) {
      // A key that nobody knows is what is wrong; that another one is missing follows from it.
      const unknown = meant.filter(({ code }) => code === 'unrecognized_keys');
      return (unknown.length > 0 ? unknown : meant).flatMap((inner) =>
        describeIssue(schema, { ...inner, path: [...issue.path, ...inner.path] }),
      );
    }
  }
  const path = issue.path.join('.');
  const what = describeValue(schema, issue);
  return [{ path: issue.path, text: path ? `${path}: ${what}` : what }];
}

const isUndefined = ({ message }: core.$ZodIssue) => message.endsWith('received undefined');

/** A key that is not there. */
function isMissing(issue: core.$ZodIssue): boolean {
  if (issue.path.length === 0) return false;
  if (issue.code !== 'invalid_union') return isUndefined(issue);
  // No key at all: the union's branches say "received undefined" each.
  return issue.errors.every(([inner]) => inner !== undefined && isUndefined(inner));
}

/** Parameters of a model that are looked for beside its name. */
const bodyParameters = [
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'max_completion_tokens',
  'seed',
  'stop',
  'reasoning_effort',
  'frequency_penalty',
  'presence_penalty',
];

/** Where a parameter of a model is put, in a target or in its `params`. */
function describeHome(key: string, known: readonly string[]): string | undefined {
  if (known.includes('params')) return `put it under params: {set: {${key}: ...}}.`;
  if (known.includes('set') && known.includes('drop')) return `put it under set: {${key}: ...}.`;
  return undefined;
}

/** What a value should be, with the form to write. */
function describeValue(schema: z.ZodType, issue: core.$ZodIssue): string {
  // A schema's own words; those of zod begin so.
  if (!/^(?:Invalid|Too) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type': {
      if (isUndefined(issue)) return `is missing; it is ${nounFor(issue.expected)}`;
      return `must be ${nounFor(issue.expected)}${describeForm(schema, issue)}`;
    }
    case 'invalid_union': {
      const kinds = new Set(
        issue.errors.flatMap((branch) =>
          branch.flatMap((inner) =>
            inner.code === 'invalid_type' && inner.path.length === 0
              ? [nounFor(inner.expected)]
              : [],
          ),
        ),
      );
      const form = describeSection(schema, issue);
      const nouns = [...kinds].join(' or ') || 'of another form';
      if (isMissing(issue)) return `is missing; it is ${nouns}${form && `; write ${form}`}`;
      return `must be ${nouns}${form && `; write ${form}`}`;
    }
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string') return 'must not be empty';
      return `must be ${issue.inclusive ? 'at least' : 'above'} ${String(issue.minimum)}`;
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'below'} ${String(issue.maximum)}`;
    default:
      return issue.message;
  }
}

/** The form to write instead of a value of another kind; empty where the kind says all. */
function describeForm(schema: z.ZodType, issue: core.$ZodIssueInvalidType): string {
  const last = issue.path.at(-1);
  if (issue.expected === 'array' || issue.expected === 'tuple') {
    return `; write ${typeof last === 'string' ? `${last}: ` : ''}[...]`;
  }
  const isNumber = issue.expected === 'number' || issue.expected === 'int';
  if (isNumber && issue.message.endsWith('received string')) return ', without a unit or quotes';
  const form = describeSection(schema, issue);
  return form && `; write ${form}`;
}

/** The section as it is written, by its first keys; empty where it has none. */
function describeSection(schema: z.ZodType, { path }: core.$ZodIssue): string {
  const keys = knownKeys(schema, path);
  const last = String(path.at(-1) ?? '');
  if (keys.length === 0) return '';
  if (last === '') return `${keys[0]}: ... (keys: ${keys.join(', ')})`;
  const named = Number.isNaN(Number(last)) ? `${last}: ` : '';
  return `${named}{${keys[0]}: ...}${keys.length > 1 ? ` (keys: ${keys.join(', ')})` : ''}`;
}

function nounFor(expected: string): string {
  const nouns: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    object: 'an object',
    record: 'an object',
    array: 'a list',
    tuple: 'a list',
  };
  return nouns[expected] ?? expected;
}

/** Of a union's failed branches, the one that got furthest into the value. */
function meantBranch(branches: core.$ZodIssue[][]): core.$ZodIssue[] | undefined {
  const misses = (branch: core.$ZodIssue[]) =>
    branch.reduce((sum, issue) => {
      if (issue.code === 'unrecognized_keys') return sum + 2 * issue.keys.length;
      return sum + (issue.code === 'invalid_type' && issue.path.length === 0 ? 10 : 1);
    }, 0);
  const ranked = branches.toSorted((a, b) => misses(a) - misses(b));
  return ranked[0] && misses(ranked[0]) < 10 ? ranked[0] : undefined;
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  required?: string[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
}

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const keys = findForms(schema, path).flatMap((node) => Object.keys(node.properties ?? {}));
  return [...new Set(keys)];
}

/** The form of an object in which this key stands. */
function formWith(schema: z.ZodType, path: readonly PropertyKey[], key: string): string {
  const form = findForms(schema, path).find(({ properties = {} }) =>
    Object.hasOwn(properties, key),
  );
  const required = form?.required ?? [];
  const keys = [...required.filter((each) => each !== key), key];
  return `write {${keys.map((each) => `${each}: ...`).join(', ')}}`;
}

/** The forms of the objects that may stand at `path`. */
function findForms(schema: z.ZodType, path: readonly PropertyKey[]): JsonSchema[] {
  const root = schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const expand = (node: JsonSchema): JsonSchema[] => {
    const target = node.$ref ? root.$defs?.[node.$ref.split('/').at(-1) ?? ''] : node;
    if (!target) return [];
    const branches = [...(target.anyOf ?? []), ...(target.oneOf ?? [])];
    return [target, ...branches.flatMap(expand)];
  };
  const step = (node: JsonSchema, key: PropertyKey): JsonSchema[] =>
    expand(node).flatMap((branch) => {
      const isPlace = !Number.isNaN(Number(key));
      const child =
        branch.properties?.[String(key)] ??
        (isPlace ? branch.items : undefined) ??
        branch.additionalProperties;
      return typeof child === 'object' ? [child] : [];
    });
  let nodes: JsonSchema[] = [root];
  for (const key of path) nodes = nodes.flatMap((node) => step(node, key));
  return nodes.flatMap(expand);
}

/** A YAML document, and where its lines begin. */
interface Located {
  readonly document: { getIn(path: readonly unknown[], keepScalar: true): unknown };
  readonly lines: { linePos(offset: number): { readonly line: number } };
}

/** The line of a fault in a YAML file: of the nearest parent that exists where the value is missing. */
export function findLine({ document, lines }: Located, { path }: InputFault): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true) as {
      readonly range?: readonly number[];
    } | null;
    const [start] = node?.range ?? [];
    if (start !== undefined) return lines.linePos(start).line;
  }
  return 1;
}

/** The known word at the least edit distance from `word`, if it is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // The unit left out: "ramp" is meant for "ramp_ms", though "rate" takes fewer letters.
  const longer = known.filter((candidate) => candidate.startsWith(`${word}_`));
  if (longer.length === 1) return longer[0];
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  // A third of the word: "conurrency" is meant for "concurrency", "foo" is meant for nothing.
  return best && best.distance <= Math.max(2, word.length / 3) ? best.candidate : undefined;
}
