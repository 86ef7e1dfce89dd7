import { printable } from '../../lines.ts';

/** Something that was looked at, and what was found. */
interface Finding {
  readonly check: string;
  readonly target?: string;
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'NOTE';
  readonly text: string;
}

/** What a command found of a run. */
export interface Findings {
  readonly run: string;
  readonly findings: readonly Finding[];
}

/**
 * Findings as JUnit XML (the schema of Jenkins and GitLab): one test case each. What is inconclusive is
 * skipped.
 *
 * @param command that found them: `arb gate`
 */
export function toJunit(command: string, { run, findings }: Findings): string {
  const failures = findings.filter(({ verdict }) => verdict === 'FAIL').length;
  const skipped = findings.filter(({ verdict }) => verdict === 'INCONCLUSIVE').length;
  const cases = findings.map(({ check, target = 'run', verdict, text }) => {
    const head = `<testcase classname=${attribute(`${command} ${target}`)} name=${attribute(check)}>`;
    const body =
      verdict === 'FAIL'
        ? `<failure message=${attribute(text)}/>`
        : verdict === 'INCONCLUSIVE'
          ? `<skipped message=${attribute(text)}/>`
          : `<system-out>${xmlText(text)}</system-out>`;
    return `    ${head}${body}</testcase>`;
  });
  const counts = `tests="${findings.length}" failures="${failures}" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name=${attribute(`${command}: ${run}`)} ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

const attribute = (value: string) => `"${xmlText(value)}"`;

/** Text of XML 1.0, without what it cannot hold (section 2.2) and what reorders a text. */
function xmlText(value: string): string {
  return printable(value.toWellFormed())
    .replaceAll(/[\ufffe\uffff]/g, '')
    .replaceAll(/[&<>"'\t\n\r]|#(?=\[|vso\[)/g, (char) => `&#${char.charCodeAt(0)};`);
}
