import type { GateReport } from '../../compare/gate.ts';

/** A gate's findings as JUnit XML (the schema of Jenkins and GitLab): one test case a finding. */
export function toJunit({ run, findings }: GateReport): string {
  const failures = findings.filter(({ verdict }) => verdict === 'FAIL').length;
  const skipped = findings.filter(({ verdict }) => verdict === 'INCONCLUSIVE').length;
  const cases = findings.map(({ check, target = 'run', verdict, text }) => {
    const head = `<testcase classname=${attribute(`arb gate ${target}`)} name=${attribute(check)}>`;
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
    `  <testsuite name=${attribute(`arb gate: ${run}`)} ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

const attribute = (value: string) => `"${xmlText(value)}"`;

/** Text of XML 1.0, without what it cannot hold (section 2.2). */
function xmlText(value: string): string {
  return (
    value
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '')
      .replaceAll(/[&<>"'\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`)
  );
}
