import { existsSync } from 'node:fs';
import type { Night } from '../../../compare/night.ts';
import { diffPolicies } from '../../../compare/policy-diff.ts';
import { type ExitCode, exitCodes } from '../../../errors.ts';
import { parsePolicy } from '../../../policy/write.ts';
import { toMarkdown } from '../../../report/sheet/markdown.ts';
import { describePullRequest } from '../../../report/sheet/pull-request.ts';
import { describeCase } from '../../../report/text/case.ts';
import { describeVerdict } from '../../../report/text/verdict.ts';
import { readInput } from '../../config/input.ts';
import type { RecommendResult } from '../../decide/recommend.ts';
import type { BenchResult } from '../../measure/bench/bench-event.ts';
import type { GateResult } from '../gate.ts';

/** What the steps of a night came to; the later ones are absent where an earlier one ended it. */
export interface NightFindings {
  readonly routes: string;
  readonly measured: BenchResult;
  readonly gated?: GateResult;
  readonly decided?: RecommendResult;
  /** The night as an HTML page; absent where it did not come to its end. */
  readonly page?: string;
}

/** What a night leaves. */
export interface ConcludedNight {
  readonly night: Night;
  readonly exitCode: ExitCode;
  /** Files of the night's directory, by name. */
  readonly texts: ReadonlyMap<string, string>;
  /** routes.yaml and its schema, where another policy is proposed. */
  readonly writes: readonly { readonly path: string; readonly text: string }[];
}

/** Sums a night up. Nothing is written here. */
export function concludeNight(begun: Night, findings: NightFindings): ConcludedNight {
  const { decided, measured, gated, page } = findings;
  const texts = new Map<string, string>();
  if (gated) texts.set('gate.md', toMarkdown(gated.text)).set('gate.xml', gated.junit);
  if (page !== undefined) texts.set('report.html', page);
  if (!decided) return { ...unmeasured(begun, measured, [...texts.keys()]), texts, writes: [] };
  texts.set('case.txt', `${describeCase(decided).join('\n')}\n`);
  const isProposed = decided.inForce.kind === 'new' && decided.found.status === 'certified';
  const changes = isProposed ? listChanges(findings) : [];
  if (isProposed) {
    const [title = '', ...notes] = describeVerdict(decided);
    const news = { title, notes, changes, decided, ...(gated && { gate: gated.figures }) };
    texts.set('pull-request.md', toMarkdown(describePullRequest(news)));
    // A clone of tomorrow has the night's directory, and not the file that was written beside it.
    for (const { path, text } of decided.files) {
      if (path === findings.routes) texts.set('routes.yaml', text);
    }
  }
  const deployed = describeDeployed(gated);
  const verdict = isProposed ? 'proposed' : 'kept';
  const exitCode = toExitCode(findings, verdict);
  const policy = 'policy' in decided.inForce ? decided.inForce.policy.id : undefined;
  const night: Night = {
    ...begun,
    verdict,
    why: toReason(findings),
    ...(deployed && { deployed }),
    changes,
    ...(policy !== undefined && { policy }),
    exit_code: exitCode,
    accepted: gated?.figures.accepted ?? true,
    files: [...texts.keys()],
  };
  return { night, exitCode, texts, writes: isProposed ? decided.files : [] };
}

/** The targets failed, the budget ended it, or its times cannot be trusted: nothing is decided. */
function unmeasured(
  begun: Night,
  measured: BenchResult,
  files: readonly string[],
): Pick<ConcludedNight, 'night' | 'exitCode'> {
  const isOver = measured.why === 'done' && measured.judging?.stopped === undefined;
  // What could not be judged cannot be decided, which is no fault of the targets.
  const exitCode = measured.refused === undefined ? measured.exitCode : exitCodes.inconclusive;
  const night: Night = {
    ...begun,
    verdict: isOver ? 'kept' : 'stopped',
    why: explainEnd(measured),
    exit_code: exitCode,
    files: files,
  };
  return { night, exitCode };
}

function explainEnd({ why, exitCode, summary, refused, judging }: BenchResult): string {
  if (refused !== undefined) return `the judges did not judge: ${refused}`;
  if (why === 'budget' || (why === 'done' && judging?.stopped === 'budget')) {
    return 'stopped by its budget; raise budget.max_usd in arb.yaml, and the same command goes on';
  }
  if (judging?.stopped !== undefined) {
    return `its judging was stopped: ${judging.stopped}; the same command goes on`;
  }
  if (why !== 'done') return `stopped: ${why}; the same command goes on`;
  if (exitCode === exitCodes.targets) return 'the targets failed';
  return `not valid, and an SLO is to be kept: ${summary?.invalid[0] ?? 'its times cannot be trusted'}`;
}

/** The deployed policy that fails is said by the exit code, whatever is proposed instead of it. */
function toExitCode({ gated, decided }: NightFindings, verdict: Night['verdict']): ExitCode {
  if (gated?.figures.verdict === 'FAIL') return exitCodes.no;
  if (verdict === 'proposed') return exitCodes.ok;
  return decided?.exitCode === exitCodes.inconclusive ? exitCodes.inconclusive : exitCodes.ok;
}

/** The decision in a sentence, and what of the run it leaves out. */
function toReason({ decided, measured }: NightFindings): string {
  const [fault] = measured.summary?.invalid ?? [];
  const [verdict = ''] = decided ? describeVerdict(decided) : [];
  return fault === undefined ? verdict : `${verdict} Times are left out: ${fault}`;
}

function describeDeployed(gated: GateResult | undefined): Night['deployed'] {
  if (!gated) return undefined;
  const { verdict, findings } = gated.figures;
  const decisive = findings.filter((finding) => finding.verdict === verdict);
  if (verdict === 'PASS') return { verdict, why: 'as its baseline' };
  const why = decisive.map(({ check, target, text }) => `${target ?? 'run'}: ${check}: ${text}`);
  return { verdict, why: why.join('; ') };
}

function listChanges({ routes, decided }: NightFindings): string[] {
  if (!decided || !('policy' in decided.inForce)) return [];
  const before = existsSync(routes) ? parsePolicy(readInput(routes), routes) : undefined;
  return diffPolicies(before, decided.inForce.policy);
}
