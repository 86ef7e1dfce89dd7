import type { Imported, ImportedLine, LogFormat } from '../record/format.ts';
import { asText } from '../record/turn.ts';
import type { Fields } from '../record/values.ts';
import { known, toAmount, toFields, toList, toText } from '../record/values.ts';
import { fillTests } from './promptfoo-config.ts';

/**
 * promptfoo's results (`promptfoo eval -o results.json`): an outcomes table as it stands. The request
 * is test and prompt, the target the provider. A failure of the grader is none of the target; the
 * latency of a cached response is void.
 */
export const promptfooResults: LogFormat = {
  title: 'promptfoo results',
  makes: 'outcomes',
  recognise(value) {
    const row = toFields(value);
    if (!row || row.testIdx === undefined || row.promptIdx === undefined) return 0;
    return row.provider !== undefined ? 1 : 0.5;
  },
  createReader: () => ({ read: (value) => [readResult(toFields(value) ?? {})] }),
};

/** promptfoo's failureReason: 0 none, 1 an assertion, 2 an error of the provider. */
const FAILED_BY_ERROR = 2;

function readResult(row: Fields): Imported {
  const grading = toFields(row.gradingResult);
  if (toFields(grading?.metadata)?.graderError !== undefined) {
    return { state: 'dropped', reason: 'grader error' };
  }
  const provider = toFields(row.provider);
  const target = toText(provider?.label) ?? toText(provider?.id) ?? toText(row.provider);
  if (target === undefined) return { state: 'dropped', reason: 'not readable' };
  const response = toFields(row.response);
  const usage = toFields(row.tokenUsage) ?? toFields(response?.tokenUsage);
  const failed = row.failureReason === FAILED_BY_ERROR;
  const task = toText(toFields(toFields(row.testCase)?.metadata)?.task);
  const cached = response?.cached === true;
  const repeat = toAmount(row.repeatIndex) ?? 0;
  return {
    state: 'outcome',
    row: {
      request_id: `test-${asText(row.testIdx)}-prompt-${asText(row.promptIdx)}${repeat > 0 ? `-${repeat}` : ''}`,
      target,
      status: failed ? 'failed' : 'ok',
      ...(!failed && known({ quality: toAmount(row.score) })),
      ...(!failed && toAmount(row.score) !== undefined && { quality_kind: 'check' as const }),
      ...known({
        task,
        // promptfoo writes 0 for a model that it has no price of.
        cost_usd: toAmount(row.cost) || undefined,
        latency_ms: cached ? undefined : toAmount(row.latencyMs),
        billed_input_tokens: toAmount(usage?.prompt),
        output_tokens: toAmount(usage?.completion),
      }),
    },
  };
}

/**
 * promptfoo's tests as a table (CSV with `__expected` columns): each row's variables, put into the
 * column `prompt` where it has one, with its assertions as checks. A prompt template stands in
 * promptfoo's own config, which a table does not hold.
 */
export const promptfooTests: LogFormat = {
  title: 'promptfoo tests',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row) return 0;
    if (row.prompts !== undefined && Array.isArray(row.tests)) return 1;
    return Object.keys(row).some((key) => /^__(?:expected\d*|metadata:.+|description)$/.test(key))
      ? 1
      : row.vars !== undefined && (row.assert !== undefined || row.prompts !== undefined)
        ? 0.9
        : 0;
  },
  createReader: () => ({
    *read(value) {
      const row = toFields(value) ?? {};
      if (row.tests === undefined) return yield readTest(row);
      for (const each of fillTests(row)) yield each.state === 'test' ? readTest(each.row) : each;
    },
  }),
};

function readTest(row: Fields): Imported {
  const vars = toFields(row.vars) ?? withoutMarks(row);
  const names = Object.keys(vars);
  const prompt =
    toText(vars.prompt) ?? (names.length === 1 ? toText(vars[names[0] ?? '']) : undefined);
  if (prompt === undefined) {
    const why = 'the prompt is a template of promptfoo\'s config: give the tests a column "prompt"';
    return { state: 'dropped', reason: 'no prompt', why };
  }
  const checks = listAssertions(row)
    .map(toCheck)
    .filter((each) => each !== undefined);
  const { prompt: _, ...rest } = vars;
  const metadata = { ...(names.length > 1 ? scalars(rest) : {}), ...marked(row) };
  const { task, ...others } = metadata;
  const line: ImportedLine = {
    ...(task !== undefined && { task: asText(task) }),
    ...(Object.keys(others).length > 0 && { metadata: others }),
    request: { messages: [{ role: 'user', content: prompt }] },
    ...(checks.length > 0 && { expect: checks }),
  };
  return { state: 'request', line };
}

const withoutMarks = (row: Fields): Fields =>
  Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith('__')));

const scalars = (row: Fields) =>
  Object.fromEntries(
    Object.entries(row).filter(([, each]) => ['string', 'number', 'boolean'].includes(typeof each)),
  ) as Record<string, string | number | boolean>;

function marked(row: Fields): Record<string, string | number | boolean> {
  const entries = Object.entries(row)
    .filter(([key]) => key.startsWith('__metadata:'))
    .map(([key, value]) => [key.slice('__metadata:'.length).replace(/\[\]$/, ''), value]);
  return scalars({ ...toFields(row.metadata), ...Object.fromEntries(entries) });
}

interface Assertion {
  readonly type: string;
  readonly value: unknown;
}

/** From `assert` of a test in YAML or JSON, or from the `__expected` columns: `type: value`, or bare text for `equals`. */
function listAssertions(row: Fields): readonly Assertion[] {
  const listed = (toList(row.assert) ?? []).map((each) => toFields(each) ?? {});
  const columns = Object.entries(row)
    .filter(([key, value]) => /^__expected\d*$/.test(key) && toText(value) !== undefined)
    .map(([, value]) => {
      const [, type, rest] = /^([a-z-]+(?:\([^)]*\))?)(?::\s*(.*))?$/s.exec(asText(value)) ?? [];
      return type !== undefined && (rest !== undefined || KNOWN_BARE.has(type))
        ? { type, value: rest }
        : { type: 'equals', value };
    });
  return [...listed.map(({ type, value }) => ({ type: asText(type), value })), ...columns];
}

const KNOWN_BARE = new Set(['is-json', 'is-valid-openai-tools-call', 'contains-json']);

/** The assertions that are an arb check; the others (model-graded, code, similarity) have none. */
function toCheck({ type, value }: Assertion): Fields | undefined {
  const escaped = (text: unknown) => asText(text).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const list = () => (toList(value) ?? asText(value).split(',')).map((each) => asText(each).trim());
  switch (type) {
    case 'equals':
      return typeof value === 'object' ? undefined : { exact: asText(value) };
    case 'contains':
      return { contains: asText(value) };
    case 'contains-all':
      return { contains: list() };
    case 'icontains':
      return { regex: escaped(value), flags: 'i' };
    case 'contains-any':
      return { regex: list().map(escaped).join('|') };
    case 'icontains-any':
      return { regex: list().map(escaped).join('|'), flags: 'i' };
    case 'starts-with':
      return { regex: `^${escaped(value)}` };
    case 'regex':
      return { regex: asText(value) };
    case 'is-json': {
      const schema = toFields(value);
      return { json_schema: schema ?? {} };
    }
    case 'llm-rubric':
      return toText(value) === undefined ? undefined : { rubric: asText(value) };
    default:
      return undefined;
  }
}
