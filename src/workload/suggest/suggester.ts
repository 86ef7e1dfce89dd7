import { createHash } from 'node:crypto';
import { findApp } from '../app.ts';
import type { Expectation } from '../expectation.ts';
import { object } from '../json.ts';
import { findSchemaFault, findUnusableSchema } from '../json-schema.ts';
import { LimitError } from '../limits.ts';
import type { ChatBody, Recorded, WorkloadRequest } from '../request.ts';
import { readShape, toCommonSchema } from './answer-shape.ts';

/** What a suggestion needs of a request. */
export type Answered = Pick<WorkloadRequest, 'id' | 'task' | 'metadata' | 'body' | 'recorded'>;

/** A check that is proposed for the requests of one task or application. */
export interface Suggestion {
  /** The task, else the application, else `all`. */
  readonly group: string;
  readonly check: 'json_schema' | 'choice' | 'number' | 'tool_call';
  /** `agreement` where what is wanted is the recorded answer itself. */
  readonly kind: 'check' | 'agreement';
  /** In words: the keys of the JSON, the choices. */
  readonly what: string;
  /** Answers of the half that nothing was learned from, and how many have the form. */
  readonly seen: number;
  readonly met: number;
  /** False where too few have it: then it is shown and not written. */
  readonly isSafe: boolean;
}

/** Fewer answers say nothing of a form. */
const LEAST_ANSWERS = 20;
/** The form must hold for this share of the answers that it is learned from, and of the others. */
const COMMON = 0.95;
const MOST_CHOICES = 12;
const LONGEST_CHOICE = 40;
/** Each choice must have been given so often: a free text that came twice is none. */
const LEAST_REPEATS = 3;
/** Answers of a group that shapes are learned from. */
const MOST_LEARNED = 2_000;

/** A form that answers of one group have. */
interface Form {
  readonly check: Suggestion['check'];
  readonly what: string;
  readonly fits: (answered: Answered) => boolean;
  readonly expect: (answered: Answered) => Expectation | undefined;
}

interface Group {
  learned: Answered[];
  form?: Form | undefined;
  seen: number;
  met: number;
}

/**
 * Learns the forms of answers on one half of the requests (by a hash of the id) and tries them on the
 * other. First `learn` all, then `test` all, then ask.
 */
export class Suggester {
  readonly #groups = new Map<string, Group>();

  learn(request: Answered): void {
    if (!isLearned(request) || !hasAnswer(request)) return;
    const group = this.#groupOf(request);
    if (group.learned.length < MOST_LEARNED) group.learned.push(request);
  }

  test(request: Answered): void {
    if (isLearned(request) || !hasAnswer(request)) return;
    const group = this.#groupOf(request);
    group.form ??= findForm(group.learned);
    if (!group.form) return;
    group.seen += 1;
    if (group.form.fits(request)) group.met += 1;
  }

  /** The check of a request; undefined where none is safe. */
  suggest(request: Answered): Expectation | undefined {
    const group = this.#groups.get(nameGroup(request));
    return group?.form && isSafe(group) ? group.form.expect(request) : undefined;
  }

  result(): readonly Suggestion[] {
    return [...this.#groups].flatMap(([name, group]) => {
      const { form, seen, met } = group;
      if (!form) return [];
      const kind = form.check === 'json_schema' ? 'check' : 'agreement';
      const { check, what } = form;
      return [{ group: name, check, kind, what, seen, met, isSafe: isSafe(group) }];
    });
  }

  #groupOf(request: Answered): Group {
    const name = nameGroup(request);
    const group = this.#groups.get(name) ?? { learned: [], seen: 0, met: 0 };
    this.#groups.set(name, group);
    return group;
  }
}

const isSafe = ({ seen, met }: Group) => seen > 0 && met >= COMMON * seen;

const nameGroup = (request: Answered) => request.task ?? findApp(request) ?? 'all';

const hasAnswer = ({ recorded }: Answered) =>
  recorded?.answer !== undefined || recorded?.tool_calls !== undefined;

const isLearned = ({ id }: Answered) => (createHash('md5').update(id).digest()[0] ?? 0) % 2 === 0;

const answerOf = ({ recorded }: Answered) => recorded?.answer?.trim() ?? '';

function findForm(learned: readonly Answered[]): Form | undefined {
  if (learned.length < LEAST_ANSWERS) return undefined;
  return findCalls(learned) ?? findSchema(learned) ?? findNumber(learned) ?? findChoice(learned);
}

const isCommon = (learned: readonly Answered[], fits: (answered: Answered) => boolean) =>
  learned.filter(fits).length >= COMMON * learned.length;

const firstCall = (recorded: Recorded | undefined) => recorded?.tool_calls?.[0];

function findCalls(learned: readonly Answered[]): Form | undefined {
  const fits = ({ recorded }: Answered) => recorded?.tool_calls?.length === 1;
  if (!isCommon(learned, fits)) return undefined;
  const names = new Set(learned.map(({ recorded }) => firstCall(recorded)?.name));
  names.delete(undefined);
  return {
    check: 'tool_call',
    what: [...names].slice(0, MOST_CHOICES).join(', '),
    fits,
    expect({ recorded }) {
      const call = firstCall(recorded);
      if (!call || recorded?.tool_calls?.length !== 1) return undefined;
      const keys = Object.keys(object(parse(call.arguments)) ?? {});
      const wanted = { name: call.name, ...(keys.length > 0 && { argument_keys: keys }) };
      return { tool_call: wanted, source: 'recorded' };
    },
  };
}

/** The schema that the requests themselves give, else the one that the answers have in common. */
function findSchema(learned: readonly Answered[]): Form | undefined {
  const isJson = (answered: Answered) => readShape(answerOf(answered)) !== undefined;
  if (!isCommon(learned, isJson)) return undefined;
  const shapes = learned.flatMap((answered) => {
    const shape = readShape(answerOf(answered));
    return shape === undefined ? [] : [shape];
  });
  const common = toCommonSchema(shapes);
  const schemaFor = ({ body }: Answered) => asked(body) ?? common;
  if (!learned.every((answered) => schemaFor(answered) !== undefined)) return undefined;
  const keys = Object.keys(object(object(common)?.properties) ?? {});
  return {
    check: 'json_schema',
    what: keys.length > 0 ? `JSON with ${keys.join(', ')}` : 'JSON of the schema that is asked for',
    fits(answered) {
      const schema = schemaFor(answered);
      const value = parse(answerOf(answered));
      return schema !== undefined && value !== undefined && fitsSchema(schema, value);
    },
    expect(answered) {
      const schema = schemaFor(answered);
      return schema && { json_schema: schema as Record<string, unknown> };
    },
  };
}

/** The schema in `response_format`, where it is one. */
function asked({ response_format: format }: ChatBody): object | undefined {
  const schema = object(object(object(format)?.json_schema)?.schema);
  return schema && findUnusableSchema(schema) === undefined ? schema : undefined;
}

function fitsSchema(schema: object, value: unknown): boolean {
  try {
    return findSchemaFault(schema, value) === undefined;
  } catch (error) {
    if (error instanceof LimitError) return false;
    throw error;
  }
}

const numberOnly = /^[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$/;

function findNumber(learned: readonly Answered[]): Form | undefined {
  const fits = (answered: Answered) => numberOnly.test(answerOf(answered));
  if (!isCommon(learned, fits)) return undefined;
  return {
    check: 'number',
    what: 'a number alone',
    fits,
    expect(answered) {
      if (!fits(answered)) return undefined;
      const number = Number(answerOf(answered).replaceAll(',', '').replace('−', '-'));
      return { number, source: 'recorded' };
    },
  };
}

function findChoice(learned: readonly Answered[]): Form | undefined {
  const counts = new Map<string, number>();
  for (const answered of learned) {
    const answer = answerOf(answered);
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const of = [...counts]
    .filter(([text, n]) => n >= LEAST_REPEATS && text !== '' && text.length <= LONGEST_CHOICE)
    .map(([text]) => text)
    .sort();
  const fits = (answered: Answered) => of.includes(answerOf(answered));
  if (of.length < 2 || of.length > MOST_CHOICES || !isCommon(learned, fits)) return undefined;
  return {
    check: 'choice',
    what: of.join(' | '),
    fits,
    expect: (answered) =>
      fits(answered) ? { choice: answerOf(answered), of, source: 'recorded' } : undefined,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
