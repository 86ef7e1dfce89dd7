import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { writeAtomic } from '../../../store/file/atomic.ts';

/** Where the demo leaves its files when it is not told otherwise. */
export const demoFolder = join('reports', 'demo');

/** The port that the demo's arb.yaml names. */
export const demoPort = 4141;

/** Files of the practice market, in the folder that they are laid out in. */
export interface DemoKit {
  readonly market: string;
  readonly workload: string;
  /** A policy by hand, which the decision is shown beside. */
  readonly rival: string;
  /** The text of an arb.yaml with the targets of the market, on `demoPort`. */
  readonly config: string;
}

/** The build brings them, from the sources as from the package. */
const shipped = join(import.meta.dirname, '..', '..', '..', '..', 'dist', 'fixtures');

/** Writes the practice market, its workload and a rival policy into `dir`. */
export function layOutKit(dir: string): DemoKit {
  const lay = (name: string, text: string) => {
    writeAtomic(join(dir, name), text);
    return join(dir, name);
  };
  return {
    market: lay('market.yaml', readShipped('market.yaml')),
    workload: lay('workload.jsonl', readShipped('workload.jsonl')),
    rival: lay('by-hand.routes.yaml', readShipped('routes.yaml')),
    config: readShipped('arb.yaml'),
  };
}

/** The command that serves the market of a kit where its arb.yaml looks for it. */
export function simCommand({ market, workload }: DemoKit): string {
  return `arb sim ${market} --workload ${workload} --port ${demoPort}`;
}

function readShipped(name: string): string {
  return gunzipSync(readFileSync(join(shipped, `practice.${name}.gz`))).toString('utf8');
}
