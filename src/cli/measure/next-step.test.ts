import { join } from 'node:path';
import { expect, it } from 'vitest';
import { arb, folderWith } from '../harness.test.helper.ts';

it('prints a next step that a shell reads as it is meant, with the config that was asked with', async () => {
  const folder = folderWith({
    "last night's log.jsonl": '{"prompt":"Say 1.","expect":{"number":1}}',
    'our targets.yaml':
      'targets: {t: {provider: openai-compatible, base_url: "http://127.0.0.1:9/v1", model: m, price: {input: 1, output: 1}}}',
  });
  const log = join(folder, "last night's log.jsonl");
  const config = join(folder, 'our targets.yaml');
  const quoted = `'${log.replace("'", String.raw`'\''`)}' --config '${config}'`;
  const inspected = await arb(['inspect', log, '--config', config]);
  expect(inspected.stdout).toContain(`\nnext: arb bench ${quoted}\n`);
  const estimated = await arb(['bench', log, '--config', config, '--estimate']);
  expect(estimated.stdout).toContain(`\nnext: arb bench ${quoted}\n`);
});
