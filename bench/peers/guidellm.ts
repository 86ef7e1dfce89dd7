import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { virtualEnvironment } from '../gateways/venv.ts';
import { packageVersion } from './python.ts';
import type { Tool } from './tool.ts';

const environment = () => virtualEnvironment('guidellm', '../peers/requirements-guidellm.txt');

/** Prompts from a file and counts of tokens from the mock need no tokenizer. */
export const guidellm: Tool = {
  name: 'GuideLLM',
  requests: 2_000,
  least: 1,
  remark: 'streams; its report of every request in one JSON file',
  install: () => packageVersion(environment(), 'guidellm'),
  start({ url, requests, places }, folder, out) {
    const prompts = join(folder, 'prompts.jsonl');
    const lines = Array.from({ length: requests }, (_, index) => ({ prompt: `hello ${index}` }));
    writeFileSync(prompts, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return {
      command: [
        ...[join(environment(), 'guidellm'), 'run', '--disable-progress'],
        ...['--backend', `kind=openai_http,target=${url},model=mock`],
        ...['--profile', `kind=concurrent,streams=${places}`],
        ...['--constraint', `kind=max_requests,count=${requests}`],
        ...['--data', `kind=json_file,path=${prompts}`],
        ...['--output', `kind=json,path=${join(out, 'report.json')}`],
      ],
      env: { HF_HOME: join(folder, 'home'), HF_HUB_OFFLINE: '1' },
    };
  },
  said(out) {
    const { benchmarks } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as {
      benchmarks: { metrics: { requests_per_second: { successful: { mean: number } } } }[];
    };
    return benchmarks[0]?.metrics.requests_per_second.successful.mean ?? Number.NaN;
  },
};
