import type { DoctorOptions } from '../../command/measure/doctor/doctor.ts';
import type { DoctorFinding } from '../../command/measure/doctor/finding.ts';
import { exitCodes } from '../../errors.ts';
import type { Cli } from '../terminal/cli.ts';
import { parseList } from '../terminal/option-parsers.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  arb doctor && arb bench workload.jsonl`;

const marks = { ok: 'ok     ', warning: 'warning', fault: 'FAULT  ' } as const;

export function addDoctor({ program, shell, finish }: Cli): void {
  program
    .command('doctor')
    .description(summaries.doctor)
    .option('--config <file>', 'the targets (default: arb.yaml if there)')
    .option('--targets <names>', 'only these of them, e.g. small,big (default: all)', parseList)
    .option('--folder <dir>', 'where runs are to be written', 'reports')
    .option('--no-calibrate', "leave arb's own error out, which takes 6 s to measure")
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async ({ json, ...options }: DoctorOptions & { readonly json?: true }) => {
      const findings: DoctorFinding[] = [];
      const { doctor } = await import('../../command/measure/doctor/doctor.ts');
      const examination = doctor(options, shell);
      let step = await examination.next();
      for (; !step.done; step = await examination.next()) {
        findings.push(step.value);
        if (!json) for (const line of toLines(step.value)) say(shell.stdout, line);
      }
      if (json) sayJson(shell.stdout, { findings });
      else if (step.value === exitCodes.ok) {
        const isConfigured = findings.every(({ todo }) => todo !== 'arb init');
        say(shell.stdout, isConfigured ? 'next: arb bench WORKLOAD' : 'next: arb init');
      }
      finish(step.value);
    });
}

function toLines({ name, state, says, todo }: DoctorFinding): string[] {
  return [
    `${marks[state]}  ${name}: ${says}`,
    ...(todo === undefined ? [] : [`         do: ${todo}`]),
  ];
}
