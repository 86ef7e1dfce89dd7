import { RECORDED } from '../../outcome/recorded.ts';
import {
  micro,
  type OutcomeTable,
  statuses,
  type TableFault,
  type TargetColumn,
} from '../../outcome/table.ts';
import { intAt } from '../rows/at.ts';
import type { NormalOptions } from './options.ts';

/** Something in the input that should be known before a result is believed. */
export interface Finding {
  readonly kind:
    | 'duplicate'
    | 'contradiction'
    | 'feature-conflict'
    | 'invalid-line'
    | 'no-price'
    | 'cost-unknown'
    | 'no-quality'
    | 'empty-answers'
    | 'failing'
    | 'useless'
    | 'impostor'
    | 'shift'
    | 'terms'
    | 'few-requests'
    | 'weights'
    | 'not-judged'
    | 'no-times'
    | 'unfinished'
    | 'baseline-slo';
  /** The target, task or feature it is about. */
  readonly about: string;
  readonly text: string;
  /**
   * What it keeps out of the optimum, unless `--include` names it: a target, a task that stays with the
   * baseline, or a target on one task, which is then no baseline either.
   */
  readonly excludes?: 'target' | 'task' | 'target-on-task';
  /** The task, where it is about a target on one. */
  readonly task?: string;
}

/** Fewer requests of a task than this say nothing about it: 10 of 10 right proves only 74 %. */
const fewRequests = 10;
/** A target with more empty answers than this share is broken, whatever its scores. */
const emptyShare = 0.05;
/** A target that fails more often than this is called out; what it costs is counted anyway. */
const failingShare = 0.05;
/** No right answer in so many requests of a task that another target can do: an adapter's fault? */
const uselessRows = 20;
/** An unknown price on more requests than this share makes a cost a guess. */
const unpricedShare = 0.02;

/** Looks for what would make a result untrue; `kept` are the targets that may be in a policy. */
export function inspectTable(
  table: OutcomeTable,
  options: Pick<NormalOptions, 'include' | 'targets' | 'impostors'>,
): { findings: readonly Finding[]; kept: readonly number[] } {
  const findings = [
    ...table.faults.map(faultFinding),
    ...table.targets.flatMap((name, at) =>
      targetFindings(name, table.columns[at] as TargetColumn, options.targets[name]?.terms),
    ),
    ...Object.entries(options.impostors).map(([name, why]): Finding => {
      return { kind: 'impostor', about: name, text: `${name} ${why}`, excludes: 'target' };
    }),
    ...taskFindings(table).filter(({ about }) => !options.include.includes(about)),
    ...weightFindings(table),
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

/** Weights cost power: by Kish's effective size, with the heaviest row counted as one more lost. */
function weightFindings({ weight, rows }: OutcomeTable): Finding[] {
  if (!weight) return [];
  let [total, squares, heaviest] = [0, 0, 0];
  for (const each of weight) {
    total += each;
    squares += each * each;
    heaviest = Math.max(heaviest, each);
  }
  const effective = (total * total) / squares;
  if (!(rows - effective >= 1)) return [];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const text = `weights differ: ${rows} requests prove as much as ${Math.round(effective)} that all weigh the same, so that ${percent(1 - effective / rows)} of the power is lost; the heaviest is ${percent(heaviest / total)} of the traffic, and counts as one more that may be lost`;
  return [{ kind: 'weights', about: 'weights', text }];
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
  if (counts.failedPasses > failingShare * counts.passes) {
    const percent = ((100 * counts.failedPasses) / counts.passes).toFixed(1);
    found.push({
      kind: 'failing',
      about: name,
      text: `${name} failed ${percent} % of its requests`,
    });
  }
  if (terms === 'forbidden') say('terms', 'may not be used: its terms or policy.forbid forbid it');
  return found;
}

function taskFindings(table: OutcomeTable): Finding[] {
  const task = table.features.get('task');
  if (!task) return [];
  const count = new Int32Array(task.values.length);
  for (const code of task.code) if (code >= 0) count[code] = intAt(count, code) + 1;
  return task.values.flatMap((name, code): Finding[] => {
    const requests = intAt(count, code);
    if (requests >= uselessRows) return uselessIn(table, task.code, { name, code });
    if (requests >= fewRequests) return [];
    const text = `task ${name} has ${requests} requests, fewer than ${fewRequests}`;
    return [{ kind: 'few-requests', about: name, text, excludes: 'task' }];
  });
}

/** Targets that were never right at a task that another target does half right at least. */
function uselessIn(
  { targets, columns }: OutcomeTable,
  codes: Int32Array,
  task: { readonly name: string; readonly code: number },
): Finding[] {
  const scores = columns.map(({ quality, status }) => {
    let [sum, judged] = [0, 0];
    for (let row = 0; row < codes.length; row++) {
      if (codes[row] !== task.code || status[row] !== statuses.ok) continue;
      if (intAt(quality, row) < 0) continue;
      judged++;
      sum += intAt(quality, row);
    }
    return { sum, judged };
  });
  const doable = scores.some(({ sum, judged }) => judged > 0 && sum >= (judged * micro) / 2);
  return targets.flatMap((target, at): Finding[] => {
    const { sum = 1, judged = 0 } = scores[at] ?? {};
    if (!doable || sum > 0 || judged < uselessRows) return [];
    const text = `${target} was never right in ${judged} requests of task ${task.name}: look at its answers`;
    return [{ kind: 'useless', about: target, text, excludes: 'target-on-task', task: task.name }];
  });
}
