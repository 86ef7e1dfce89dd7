import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { sendPlain } from '../../http/plain-client.ts';
import type { Policy, PolicyTarget } from '../../policy/policy.ts';
import type { SwitchedFailure } from '../../sim/server/switch.ts';
import { switchPath } from '../../sim/server/switch.ts';
import { describeFailure, parseJson } from './gateway-sender.ts';

/** The simulated providers behind a gateway, whose targets can be made to fail. */
export interface Simulators {
  /** What of real time their times are, where it is not all of it. */
  readonly timeScale: number;
  /** Where a target of the policy is, `url/name`. */
  placeOf(target: string): string | undefined;
  /** The same of a target that will have to fail. @throws UsageError where it is nowhere. */
  needed(target: string): string;
  /** Makes exactly these targets fail; all others answer, whatever their market file dials. */
  fail(targets: readonly string[]): Promise<void>;
  /** The targets of the policy that answered since this was last asked. */
  served(): Promise<string[]>;
  /** Takes all of it back. */
  release(): Promise<void>;
}

const state = z.object({
  time_scale: z.number(),
  targets: z.record(
    z.string(),
    z.object({ path: z.string(), model: z.string(), completed: z.number() }),
  ),
});

type State = z.infer<typeof state>;

/** One provider at one simulator. */
export interface SimulatedProvider {
  readonly url: string;
  readonly name: string;
  readonly path: string;
  readonly model: string;
}

export interface Drilled {
  readonly urls: readonly string[];
  readonly policy: Policy;
  readonly failure: SwitchedFailure;
}

/** @throws UsageError where no simulator answers at an address. */
export async function openSimulators({ urls, policy, failure }: Drilled): Promise<Simulators> {
  const origins = urls.map(parseOrigin);
  const states = await Promise.all(origins.map((url) => ask(url)));
  const places = states.flatMap((one, at) => placesAt(origins[at] ?? '', one));
  const placed = new Map(
    Object.entries(policy.targets).map(([name, target]) => [name, find(name, target, places)]),
  );
  const needed = (target: string): SimulatedProvider => {
    const place = placed.get(target);
    if (place) return place;
    const known = places.map(({ url, path }) => `${url}/${path}/v1`).join(', ');
    throw new UsageError(
      `verify: the policy's target "${target}" cannot be made to fail: no simulated provider has ` +
        `the path of its base_url, its name, or alone its model. There are: ${known}.`,
    );
  };
  let counts = countByPlace(places, states);
  return {
    timeScale: Math.min(...states.map((one) => one.time_scale)),
    placeOf(target) {
      const place = placed.get(target);
      return place && keyOf(place);
    },
    needed: (target) => keyOf(needed(target)),
    async fail(targets) {
      const down = targets.map(needed);
      for (const url of origins) {
        const names = down.filter((place) => place.url === url).map(({ name }) => name);
        const failing = Object.fromEntries(names.map((name) => [name, failure]));
        await ask(url, { failing, others: 'healthy' });
      }
    },
    async served() {
      const now = countByPlace(places, await Promise.all(origins.map((url) => ask(url))));
      const before = counts;
      counts = now;
      const rose = new Set([...now].flatMap(([key, n]) => (n > (before.get(key) ?? 0) ? key : [])));
      return [...placed].flatMap(([name, place]) => (place && rose.has(keyOf(place)) ? name : []));
    },
    async release() {
      for (const url of origins) await ask(url, { failing: {} });
    },
  };
}

const keyOf = ({ url, name }: SimulatedProvider) => `${url}/${name}`;

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  throw new UsageError(
    `verify: --drill ${text} is no address. Give one like http://127.0.0.1:4141.`,
  );
}

/** Reads the state of a simulator's switch, or sets it. */
async function ask(url: string, orders?: object): Promise<State> {
  const where = `verify: --drill ${url}`;
  const start = 'Start one with "arb sim MARKET --port N".';
  const request = {
    ...(orders && ({ method: 'PUT', body: JSON.stringify(orders) } as const)),
    timeout: ANSWER_MS,
  };
  const response = await sendPlain(url + switchPath, request).catch((cause: Error) => {
    const why = describeFailure(cause);
    throw new UsageError(`${where}: nobody answers (${why}). ${start}`, { cause });
  });
  const parsed = state.safeParse(parseJson(response.text));
  if (response.status === 200 && parsed.success) return parsed.data;
  const what = `this is no simulated market (GET ${switchPath} gives ${response.status})`;
  throw new UsageError(`${where}: ${what}. ${start}`);
}

/** A simulator answers at once: it has nothing to compute. */
const ANSWER_MS = 5_000;

function placesAt(url: string, { targets }: State): SimulatedProvider[] {
  return Object.entries(targets).map(([name, { path, model }]) => ({ url, name, path, model }));
}

function countByPlace(
  places: readonly SimulatedProvider[],
  states: readonly State[],
): Map<string, number> {
  const all = states.flatMap((one) => Object.values(one.targets));
  return new Map(places.map((place, at) => [keyOf(place), all[at]?.completed ?? 0]));
}

/** By the path of its address and its model, else by its name, else by a model that only one has. */
export function find(
  name: string,
  { base_url, model }: PolicyTarget,
  places: readonly SimulatedProvider[],
): SimulatedProvider | undefined {
  const only = (some: readonly SimulatedProvider[]) => (some.length === 1 ? some[0] : undefined);
  const path = base_url && new URL(base_url).pathname.replace(/^\/+|\/*(v1)?\/*$/g, '');
  const here = base_url ? places.filter((place) => place.url === new URL(base_url).origin) : [];
  const byPath = (here.length > 0 ? here : places).filter((place) => place.path === path);
  const asked = (place: SimulatedProvider) => place.model === model || place.name === model;
  return (
    only(byPath) ??
    only(byPath.filter(asked)) ??
    only(places.filter((place) => place.name === name)) ??
    only(places.filter(asked))
  );
}
