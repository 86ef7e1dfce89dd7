import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './command.ts';
import { installPacked, mainOf } from './installed.ts';

/**
 * What a start of the packed, installed program costs as a multiple of `node -e 0`: processor time, the
 * median over rounds in which each command runs once, so that a busy machine slows all of them alike.
 * Ends with 1 where a promise is broken. `node bench/start-up.ts [rounds]`
 */
const rounds = Number(process.argv[2] ?? 15);

/** A command, and how many starts of Node it may take; without a limit it is only shown. */
interface Start {
  readonly args: readonly string[];
  readonly most?: number;
  /** With an empty folder of compiled code, as after an installation. */
  readonly isFirst?: true;
}

const folder = mkdtempSync(join(tmpdir(), 'arb-start-up-'));
const recorded = join(folder, 'recorded.jsonl');
const bare = join(folder, 'bare.jsonl');
const request = { messages: [{ role: 'user', content: 'When do you open?' }] };
writeFileSync(bare, JSON.stringify({ request }));
writeFileSync(
  recorded,
  JSON.stringify({
    request,
    recorded: { target: 'gpt-4o', answer: 'At 9.', input_tokens: 14, output_tokens: 5 },
  }),
);
const routes = join(root, 'fixtures', 'practice.routes.yaml');
const practice = join(root, 'fixtures', 'practice.workload.jsonl');

const starts: Readonly<Record<string, Start>> = {
  '--help': { args: ['--help'], most: 5 },
  '--help, first': { args: ['--help'], most: 5, isFirst: true },
  'inspect, one line with tokens': { args: ['inspect', recorded], most: 10 },
  'inspect, one line without': { args: ['inspect', bare] },
  'inspect, 8 MB': { args: ['inspect', practice] },
  route: { args: ['route', routes, bare] },
  'recommend --help': { args: ['recommend', '--help'] },
  'doctor --help': { args: ['doctor', '--help'] },
};

try {
  installPacked(folder);
  const node: number[] = [];
  const times = new Map<string, number[]>(Object.keys(starts).map((name) => [name, []]));
  // The round before the first fills the folder of compiled code.
  for (let round = 0; round <= rounds; round += 1) {
    const bareStart = measureStart(['-e', '0'], 'warm');
    if (round > 0) node.push(bareStart);
    for (const [name, { args, isFirst }] of Object.entries(starts)) {
      const time = measureStart([mainOf(folder), ...args], isFirst ? `first-${round}` : 'warm');
      if (round > 0) times.get(name)?.push(time);
    }
  }
  const unit = median(node);
  console.log(`node -e 0: ${(unit * 1_000).toFixed(0)} ms of processor time, ${rounds} rounds`);
  for (const [name, { most }] of Object.entries(starts)) {
    const ratio = median(times.get(name) ?? []) / unit;
    const isBroken = most !== undefined && !(ratio <= most);
    if (isBroken) process.exitCode = 1;
    const limit = most === undefined ? '' : `, at most ${most}${isBroken ? ': BROKEN' : ''}`;
    console.log(`arb ${name}: ${ratio.toFixed(2)} times${limit}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Processor time of one process in seconds, as bash counts it. */
function measureStart(args: readonly string[], home: string): number {
  const HOME = join(folder, home);
  mkdirSync(HOME, { recursive: true });
  const timed = 'TIMEFORMAT="%3U %3S"; { time "$@" >/dev/null 2>"$HOME/stderr"; } 2>&1';
  const { status, stdout } = spawnSync('bash', ['-c', timed, 'bash', process.execPath, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME },
    encoding: 'utf8',
  });
  const [user = NaN, system = NaN] = stdout.trim().split(' ').map(Number);
  if (status !== 0 || !(user + system > 0)) {
    throw new Error(`${args.join(' ')} ended with ${status} and took "${stdout}"`);
  }
  return user + system;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
