import { RECORDED } from '../outcome/recorded.ts';
import type { OutcomeTable, TableFault, TargetColumn } from '../outcome/table.ts';
import type { NormalOptions } from './ask.ts';

/** Something in the input that should be known before a result is believed. */
export interface Finding {
  readonly kind:
    | 'duplicate'
    | 'contradiction'
    | 'feature-conflict'
    | 'invalid-line'
    | 'no-price'
    | 'no-quality'
    | 'empty-answers'
    | 'terms'
    | 'few-requests'
    | 'not-judged'
    | 'no-times'
    | 'baseline-slo';
  /** The target, task or feature it is about. */
  readonly about: string;
  readonly text: string;
  /** What it keeps out of the optimum, unless `--include` names it. */
  readonly excludes?: 'target' | 'task';
}

/** Fewer requests of a task than this say nothing about it: 10 of 10 right proves only 74 %. */
const fewRequests = 10;
/** A target with more empty answers than this share is broken, whatever its scores. */
const emptyShare = 0.05;
/** An unknown price on more requests than this share makes a cost a guess. */
const unpricedShare = 0.02;

/** Looks for what would make a result untrue; `kept` are the targets that may be in a policy. */
export function inspect(
  table: OutcomeTable,
  options: Pick<NormalOptions, 'include' | 'targets'>,
): { findings: readonly Finding[]; kept: readonly number[] } {
  const findings = [
    ...table.faults.map(faultFinding),
    ...table.targets.flatMap((name, at) =>
      targetFindings(name, table.columns[at] as TargetColumn, options.targets[name]?.terms),
    ),
    ...taskFindings(table).filter(({ about }) => !options.include.includes(about)),
  ];
  const out = new Set(
    findings.filter((found) => found.excludes === 'target').map((found) => found.about),
  );
  const kept = table.targets.flatMap((name, at) => {
    const wanted = !out.has(name) || options.include.includes(name);
    return wanted && name !== RECORDED ? [at] : [];
  });
  return { findings, kept };
}

function faultFinding(fault: TableFault): Finding {
  const { kind, count, example } = fault;
  switch (kind) {
    case 'duplicate':
    case 'contradiction': {
      const what = kind === 'duplicate' ? 'repeat' : 'contradict';
      const text = `${count} rows of ${fault.target} ${what} an earlier row of the same request and pass, e.g. ${example}`;
      return { kind, about: fault.target, text, excludes: 'target' };
    }
    case 'feature-conflict': {
      const text = `${fault.feature} differs between rows of ${count} requests, e.g. ${example}`;
      return { kind, about: fault.feature, text };
    }
    case 'invalid-line':
      return { kind, about: fault.file, text: `${count} lines left out: ${example}` };
  }
}

function targetFindings(
  name: string,
  { counts }: TargetColumn,
  terms: 'allowed' | 'forbidden' | undefined,
): Finding[] {
  const found: Finding[] = [];
  const say = (kind: Finding['kind'], text: string) =>
    found.push({ kind, about: name, text: `${name} ${text}`, excludes: 'target' });
  const sent = counts.measured - counts.skipped;
  const answers = counts.passes - counts.failedPasses;
  if (counts.unpriced > unpricedShare * sent) {
    say('no-price', `has no price on ${counts.unpriced} of ${sent} requests`);
  }
  if (sent > 0 && counts.unjudged === sent) say('no-quality', 'was judged on no request');
  if (counts.empty > emptyShare * answers && answers > 0) {
    const praised =
      counts.emptyPraised > 0 ? `, ${counts.emptyPraised} of them scored above 0` : '';
    say('empty-answers', `gave ${counts.empty} empty answers of ${answers}${praised}`);
  }
  if (terms === 'forbidden') say('terms', 'may not be used by its terms');
  return found;
}

function taskFindings(table: OutcomeTable): Finding[] {
  const task = table.features.get('task');
  if (!task) return [];
  const count = new Int32Array(task.values.length);
  for (const code of task.code) if (code >= 0) count[code] = (count[code] as number) + 1;
  return task.values.flatMap((name, code): Finding[] => {
    const requests = count[code] as number;
    if (requests >= fewRequests) return [];
    const text = `task ${name} has ${requests} requests, fewer than ${fewRequests}`;
    return [{ kind: 'few-requests', about: name, text, excludes: 'task' }];
  });
}
