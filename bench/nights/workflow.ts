import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  type NightMarket,
  toConfigTargets,
  toMarketFile,
} from '../../src/command/watch/nightly/night-market.test.helper.ts';
import { root, startSim } from '../command.ts';
import { virtualEnvironment } from '../gateways/venv.ts';
import { writeActions } from './workflow/actions.ts';

/**
 * The GitHub workflow of examples/nightly, run by act on this machine: seven nights against `arb sim`,
 * with a git remote on disk and a stand-in of gh. What gh is asked each night is in the table below.
 *
 *   npm run bench:workflow
 */
const bin = virtualEnvironment('workflow', '../nights/workflow/requirements.txt');
const folder = mkdtempSync(join(tmpdir(), 'arb-workflow-'));
const at = (...names: string[]) => join(folder, ...names);
const repository = at('repository');
const state = at('gh');

for (const [schema, file] of [
  ['github-workflows', 'examples/nightly/github.yml'],
  ['github-actions', 'action.yml'],
  ['gitlab-ci', 'examples/nightly/gitlab.yml'],
] as const) {
  const check = ['--builtin-schema', `vendor.${schema}`, join(root, file)];
  execFileSync(join(bin, 'check-jsonschema'), check, { stdio: 'inherit' });
}

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim();

type Prices = Readonly<Record<string, readonly [input: number, output: number]>>;

interface Night {
  readonly name: string;
  readonly prices: Prices;
  /** Of the deployed target. @default 0.98 */
  readonly accuracy?: number;
  readonly requests: number;
  /** The owner merges the pull request before. */
  readonly merge?: true;
  readonly asked: readonly string[];
  /** Whether the remote has the branch afterwards, with routes.yaml changed and nothing else. */
  readonly branch?: true;
  readonly fails?: true;
}

const first: Prices = { strong: [3, 15], middle: [1.5, 7.5], cheap: [3, 15] };
const fell: Prices = { ...first, cheap: [0.3, 1.5] };
const list = 'pr list --head arb/nightly --state open --json number --jq .[0].number // empty';
const body = '--body-file .arb-proposal/pull-request.md';
const requests = 400;

const nights: readonly Night[] = [
  {
    name: 'a first policy: opened',
    prices: first,
    requests,
    asked: [list, `pr create --head arb/nightly --title T ${body}`],
    branch: true,
  },
  { name: 'merged: nothing to say', prices: first, requests, merge: true, asked: [list] },
  {
    name: 'a price fell: opened',
    prices: fell,
    requests,
    asked: [list, `pr create --head arb/nightly --title T ${body}`],
    branch: true,
  },
  {
    name: 'the same again: new figures, no message',
    prices: fell,
    requests,
    asked: [list, `pr edit 7 ${body}`],
    branch: true,
  },
  {
    name: 'too few requests: left open',
    prices: first,
    requests: 12,
    asked: [list],
    branch: true,
  },
  {
    name: 'the price rose again: closed',
    prices: first,
    requests,
    asked: [list, 'pr close 7 --delete-branch'],
  },
  {
    name: 'what runs became worse: opened, and the run fails',
    prices: fell,
    accuracy: 0.6,
    requests,
    asked: [list, `pr create --head arb/nightly --title T ${body}`],
    branch: true,
    fails: true,
  },
];

function setUp(): void {
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', at('remote.git')]);
  mkdirSync(join(repository, '.github', 'workflows'), { recursive: true });
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', at('remote.git'));
  const workflow = join(repository, '.github', 'workflows', 'arb-nightly.yml');
  copyFileSync(join(root, 'examples', 'nightly', 'github.yml'), workflow);
  mkdirSync(at('bin'));
  copyFileSync(join(root, 'bench', 'nights', 'workflow', 'gh'), at('bin', 'gh'));
  mkdirSync(at('actions', 'your-org', 'arb'), { recursive: true });
  // The action without the sources it would build arb from: the command below is built already.
  copyFileSync(join(root, 'action.yml'), at('actions', 'your-org', 'arb', 'action.yml'));
}

/** What the night's providers truly are. */
const toMarket = ({ prices, accuracy = 0.98 }: Night): NightMarket =>
  Object.fromEntries(
    Object.entries(prices).map(([name, price]) => [
      name,
      { price, accuracy: name === 'middle' ? accuracy : 0.98 },
    ]),
  );

function writeMarket(night: Night): string {
  writeFileSync(at('market.yaml'), JSON.stringify(toMarketFile(toMarket(night), 0.01)));
  return at('market.yaml');
}

function writeRepository(index: number, night: Night, url: string): void {
  const config = {
    targets: toConfigTargets(toMarket(night), url),
    load: { mode: 'closed', concurrency: 4 },
    budget: { max_usd: 50 },
    quality: { baseline: 'strong', floor: 'baseline-0.05' },
    gate: { price_increase: 100, cost_increase: 100 },
  };
  if (night.merge) {
    git('fetch', '--quiet', 'origin');
    git('merge', '--quiet', '--ff-only', 'origin/arb/nightly');
    git('push', '--quiet', 'origin', '--delete', 'arb/nightly');
    rmSync(join(state, 'open'));
  }
  writeFileSync(join(repository, 'arb.yaml'), JSON.stringify(config));
  copyFileSync(at(`log-${index}.jsonl`), join(repository, 'last-night.jsonl'));
  git('add', '--all');
  git('-c', 'user.name=o', '-c', 'user.email=o@example.com', 'commit', '--quiet', '-m', 'Night');
  git('push', '--quiet', 'origin', 'main');
}

function writeLog(index: number, { requests }: Night): string {
  const lines = Array.from({ length: requests }, (_, i) =>
    JSON.stringify({
      id: `n${index}-${i}`,
      request: { messages: [{ role: 'user', content: `Night ${index}, ${i}: A, B, C or D?` }] },
      expect: { choice: 'ABCD'[i % 4], of: [...'ABCD'] },
    }),
  );
  const file = at(`log-${index}.jsonl`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** act puts the job into a copy of the repository, so the remote is what it leaves. */
function runWorkflow(date: string, { requests }: Night): { code: number | null; log: string } {
  const night = join(root, 'bench', 'nights', 'one-night.ts');
  writeFileSync(
    at('bin', 'arb-at'),
    `#!/usr/bin/env bash\nshift\nexec ${process.execPath} ${night} ${date} "$@"\n`,
    { mode: 0o755 },
  );
  const action = readFileSync(join(root, 'action.yml'), 'utf8');
  writeFileSync(
    at('actions', 'your-org', 'arb', 'action.yml'),
    action
      .replace(
        "description: The command that runs arb. By default it is built from the sources of this action.\n    default: ''",
        `description: arb at a date that is told\n    default: ${at('bin', 'arb-at')}`,
      )
      .replace("default: '500'", `default: '${requests}'`),
  );
  const replaced = [
    ...writeActions(at('actions')),
    `your-org/arb@v0.1.0=${at('actions', 'your-org', 'arb')}`,
  ];
  const { status, stdout, stderr } = spawnSync(
    join(bin, 'act'),
    [
      'workflow_dispatch',
      ...['-P', 'ubuntu-latest=-self-hosted'],
      ...replaced.flatMap((each) => ['--local-repository', each]),
      ...['-s', 'GITHUB_TOKEN=stand-in', '-s', 'OPENAI_API_KEY=sk-stand-in'],
      ...['--action-cache-path', at('act'), '--no-cache-server', '--use-new-action-cache'],
      ...['--env', `STORE=${at('store')}`, '--env', `GH_STATE=${state}`],
    ],
    {
      cwd: repository,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${at('bin')}${delimiter}${process.env.PATH}`, HOME: folder },
    },
  );
  return { code: status, log: `${stdout}${stderr}` };
}

setUp();
let wrong = 0;
for (const [index, night] of nights.entries()) {
  const sim = await startSim(writeMarket(night), '--workload', writeLog(index, night));
  writeRepository(index, night, sim.url);
  rmSync(join(state, 'asked'), { force: true });
  const date = new Date(Date.UTC(2026, 10, 1 + index)).toISOString().slice(0, 10);
  const { code, log } = runWorkflow(date, night);
  await sim.stop();
  const file = join(state, 'asked');
  const asked = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  const branch = git('ls-remote', 'origin', 'refs/heads/arb/nightly');
  if (branch !== '') git('fetch', '--quiet', 'origin', 'arb/nightly');
  const ahead =
    branch === '' ? '' : git('diff', '--name-only', 'main...FETCH_HEAD').replaceAll('\n', ' ');
  const isRight =
    JSON.stringify(asked) === JSON.stringify(night.asked) &&
    (code === 0) === !night.fails &&
    ahead === (night.branch ? 'routes.yaml' : '');
  if (!isRight) wrong += 1;
  console.log(`${isRight ? 'ok   ' : 'WRONG'} ${date} ${night.name}`);
  if (!isRight) console.log([...asked, `exit ${code}`, `changed: ${ahead}`, log].join('\n'));
}
rmSync(folder, { recursive: true });
process.exitCode = wrong > 0 ? 1 : 0;
