import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { virtualEnvironment } from '../gateways/venv.ts';
import { packageVersion } from './python.ts';
import type { Tool } from './tool.ts';

const environment = () => virtualEnvironment('aiperf', '../peers/requirements-aiperf.txt');

/** The counts of tokens come from the mock, as with arb; the tokenizer is only for its start. */
export const aiperf: Tool = {
  name: 'AIPerf',
  requests: 2_500,
  least: 1,
  remark: 'streams; its metrics of every request as JSON lines, its inputs, summaries and log',
  install: () => packageVersion(environment(), 'aiperf'),
  start({ url, requests, places }, folder, out) {
    const inputs = join(folder, 'inputs.jsonl');
    const lines = Array.from({ length: requests }, (_, index) => ({ text: `hello ${index}` }));
    writeFileSync(inputs, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return {
      command: [
        ...[join(environment(), 'aiperf'), 'profile', '--url', url, '--model', 'mock'],
        ...['--endpoint-type', 'chat', '--streaming', '--use-server-token-count'],
        ...['--input-file', inputs, '--custom-dataset-type', 'single-turn'],
        ...['--concurrency', String(places), '--request-count', String(requests)],
        ...['--tokenizer', writeTokenizer(join(folder, 'tokenizer'))],
        ...['--ui', 'none', '--output-artifact-dir', out],
      ],
      env: { HF_HOME: join(folder, 'home') },
    };
  },
  said: (out) =>
    (
      JSON.parse(readFileSync(join(out, 'profile_export_aiperf.json'), 'utf8')) as {
        request_throughput: { avg: number };
      }
    ).request_throughput.avg,
};

/** A word is a token: its built-in tokenizer and those of real models are downloads. */
function writeTokenizer(folder: string): string {
  mkdirSync(folder);
  const unknown = '[UNK]';
  const tokenizer = {
    version: '1.0',
    added_tokens: [],
    pre_tokenizer: { type: 'WhitespaceSplit' },
    model: { type: 'WordLevel', vocab: { [unknown]: 0, hello: 1 }, unk_token: unknown },
  };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const config = { tokenizer_class: 'PreTrainedTokenizerFast', unk_token: unknown };
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  return folder;
}
