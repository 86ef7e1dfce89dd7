import type { Dropped } from '../record/format.ts';
import { asText } from '../record/turn.ts';
import { type Fields, toFields, toList, toText } from '../record/values.ts';

/** One test of a config with one of its prompts filled in. */
export interface FilledTest {
  readonly state: 'test';
  /** The test as a table would hold it, with the prompt among its variables. */
  readonly row: Fields;
}

/** The tests of a config, each with each of its prompts: as promptfoo asks them. */
export function* fillTests(config: Fields): Generator<FilledTest | Dropped> {
  const common = toFields(config.defaultTest) ?? {};
  for (const each of toList(config.tests) ?? []) {
    const test = toFields(each);
    if (!test) {
      yield {
        state: 'dropped',
        reason: 'no prompt',
        why: 'tests in a file of their own: import that',
      };
      continue;
    }
    const vars = { ...toFields(common.vars), ...toFields(test.vars) };
    const asserts = [...(toList(common.assert) ?? []), ...(toList(test.assert) ?? [])];
    for (const template of toList(config.prompts) ?? [config.prompts]) {
      const prompt = fill(template, vars);
      if (prompt === undefined) {
        const why = 'a prompt in a file, or with more than {{variables}}';
        yield { state: 'dropped', reason: 'no prompt', why };
      } else yield { state: 'test', row: { ...test, vars: { ...vars, prompt }, assert: asserts } };
    }
  }
}

/** A prompt with its variables put in; undefined where it is not plain text with known variables. */
function fill(template: unknown, vars: Fields): string | undefined {
  const text = toText(template) ?? toText(toFields(template)?.raw);
  if (text === undefined || /^file:\/\/|\{%/.test(text)) return undefined;
  let isKnown = true;
  const filled = text.replaceAll(/\{\{([^}]*)\}\}/g, (_, name: string) => {
    const value = vars[name.trim()];
    if (typeof value !== 'string' && typeof value !== 'number') isKnown = false;
    return asText(value);
  });
  return isKnown ? filled : undefined;
}
