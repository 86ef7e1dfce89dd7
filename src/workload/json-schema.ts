import { createRequire } from 'node:module';
import type { Ajv, Options, ValidateFunction } from 'ajv';
import { runLimited } from './limits.ts';

/** A compiled schema, or why it cannot be. */
type Compiled = ValidateFunction | string;

/** Compiling a schema costs a thousand validations; workloads repeat few of them. */
const compiled = new Map<string, Compiled>();
const mostKept = 1_000;

/** Deeper schemas and longer ones are no check of an answer; compiling them takes seconds. */
const deepest = 100;
const longest = 1_000_000;

const options: Options = {
  strict: false,
  // Two workload lines may use one $id for different schemas.
  addUsedSchema: false,
  // A format that is not known is no constraint, as the drafts say; it is not printed either.
  logger: false,
  // Most schemas validate one answer, and to optimize their code is a fifth of compiling them.
  code: { optimize: false },
};

type Draft = 'draft-04' | 'draft-06' | 'draft-07' | '2019-09' | '2020-12';

/** Loaded at the first use: most workloads have no schema, and ajv is a quarter of what they would load. */
const load = createRequire(import.meta.url);

/** Made at the first use, as each compiles the schema of schemas, which takes some 40 ms. */
const makers: Readonly<Record<Draft, () => Pick<Ajv, 'compile' | 'removeSchema'>>> = {
  'draft-04': () => {
    const { default: Ajv04 } = load('ajv-draft-04') as typeof import('ajv-draft-04');
    return withFormats(new Ajv04(options));
  },
  'draft-06': () => {
    const ajv = createAjv();
    ajv.addMetaSchema(load('ajv/dist/refs/json-schema-draft-06.json'));
    return withFormats(ajv);
  },
  'draft-07': () => withFormats(createAjv()),
  '2019-09': () => {
    const { Ajv2019 } = load('ajv/dist/2019.js') as typeof import('ajv/dist/2019.js');
    return withFormats(new Ajv2019(options));
  },
  '2020-12': () => {
    const { Ajv2020 } = load('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
    return withFormats(new Ajv2020(options));
  },
};

function createAjv(): Ajv {
  const { Ajv: Validator } = load('ajv') as typeof import('ajv');
  return new Validator(options);
}

const validators = new Map<Draft, Pick<Ajv, 'compile' | 'removeSchema'>>();

/**
 * Why a value does not fit a JSON Schema of any draft from 4 to 2020-12; undefined where it does.
 * @param mostMs @default longestCheckMs
 * @throws LimitError where the validation does not end in time.
 */
export function findSchemaFault(
  schema: object,
  value: unknown,
  mostMs?: number,
): string | undefined {
  const validate = findValidator(schema);
  if (typeof validate === 'string') return validate;
  if (runLimited(() => validate(value), mostMs)) return undefined;
  const [first] = validate.errors ?? [];
  return `${first?.instancePath || 'the answer'} ${first?.message}`;
}

/**
 * Why no answer can be validated by a schema; undefined where it can. Checks of what was extracted have
 * one schema with other values for each request, and the values decide nothing here.
 */
export function findUnusableSchema(schema: object): string | undefined {
  const shape = () => JSON.parse(JSON.stringify(schema, hideConstant)) as object;
  const found = refuse(schema, JSON.stringify(schema)) ?? findValidator(shape());
  return typeof found === 'string' ? found : undefined;
}

/** Where a schema or a list of names may stand as well, under a property called `const`, it stays. */
const hideConstant = (key: string, value: unknown): unknown =>
  key === 'const' && ['string', 'number'].includes(typeof value) ? 0 : value;

function findValidator(schema: object): Compiled {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const made = refuse(schema, text) ?? compile(schema);
  const [oldest] = compiled.keys();
  if (compiled.size === mostKept && oldest !== undefined) compiled.delete(oldest);
  compiled.set(text, made);
  return made;
}

/** What is not even tried. */
function refuse(schema: object, text: string): string | undefined {
  if (text.length > longest) return `the schema has more than ${longest} characters`;
  const places = listObjects(schema);
  if (places === undefined) return `the schema is nested more than ${deepest} deep`;
  for (const place of places) {
    if (place.$async !== undefined)
      return 'the schema has $async, which needs a validator that waits';
    const id = place.$id ?? place.id;
    if (typeof id === 'string' && /^https?:\/\/json-schema\.org\//.test(id)) {
      return `the schema takes the $id ${id}, which names a draft itself`;
    }
  }
  return undefined;
}

/** All objects in a value; undefined where it is too deep. */
function listObjects(schema: object): Record<string, unknown>[] | undefined {
  const found: Record<string, unknown>[] = [];
  let level: unknown[] = [schema];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return undefined;
    const objects = level.filter((each) => typeof each === 'object' && each !== null);
    // One by one: a call takes no more than some 100,000 arguments.
    for (const each of objects) found.push(each as Record<string, unknown>);
    level = objects.flatMap((each) => Object.values(each));
  }
  return found;
}

/** By the draft that the schema names; without one by the newest under which it is valid. */
function compile(schema: object): Compiled {
  const named = findDraft((schema as { $schema?: unknown }).$schema);
  if (named === undefined) return `$schema names no draft of JSON Schema from 4 to 2020-12`;
  const drafts: readonly Draft[] = named === 'any' ? ['2020-12', 'draft-07', 'draft-04'] : [named];
  let why = '';
  for (const draft of drafts) {
    const ajv = validators.get(draft) ?? makers[draft]();
    validators.set(draft, ajv);
    try {
      return runLimited(() => ajv.compile(schema));
    } catch (error) {
      why ||= (error as Error).message;
    } finally {
      // It would keep every schema it ever saw.
      ajv.removeSchema(schema);
    }
  }
  return `the schema itself cannot be read (${why})`;
}

function findDraft(name: unknown): Draft | 'any' | undefined {
  if (name === undefined) return 'any';
  const found =
    /^https?:\/\/json-schema\.org\/(?:draft-0([467])|draft\/(2019-09|2020-12))\/schema#?$/;
  const [, old, recent] = found.exec(String(name)) ?? [];
  if (recent === '2019-09' || recent === '2020-12') return recent;
  if (old === '4' || old === '6' || old === '7') return `draft-0${old}`;
  return /^https?:\/\/json-schema\.org\/schema#?$/.test(String(name)) ? 'any' : undefined;
}

function withFormats<T extends Ajv>(ajv: T): T {
  (load('ajv-formats') as typeof import('ajv-formats')).default(ajv);
  return ajv;
}
