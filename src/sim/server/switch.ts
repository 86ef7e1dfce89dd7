import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { nearest, parseInput } from '../../input.ts';
import { lookUp } from '../../record.ts';
import type { FailureKind, Market } from '../market/market.ts';
import { type Bill, type SwitchRow, toEpoch } from './audit.ts';
import { readBody, sendError, sendJson } from './listen.ts';

/** What targets are told to do while the market runs, at `url/_control/failing`; at first nothing. */
export interface Switch {
  /** How `name` must fail; `none` = not even as its dials say; absent = as its dials say. */
  told(name: string): FailureKind | 'none' | undefined;
  /** Answers GET with the present state, and PUT by changing it. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export const switchPath = '/_control/failing';

/** How a target can be made to fail, and which dialled failure that is. */
const kinds = {
  'server-error': 'server-error',
  'rate-limited': 'rate-limited',
  timeout: 'hang',
} as const satisfies Record<string, FailureKind>;

export type SwitchedFailure = keyof typeof kinds;

const orders = z.strictObject({
  failing: z.record(z.string(), z.enum(Object.keys(kinds) as SwitchedFailure[])),
  /** `healthy`: the failures that the market file dials wait until this is taken back. */
  others: z.enum(['as-dialled', 'healthy']).default('as-dialled'),
});

type Orders = z.infer<typeof orders>;

export interface Switched {
  readonly market: Market;
  readonly bill: () => Bill;
  readonly onSwitch?: (row: SwitchRow) => void;
}

export function createSwitch({ market, bill, onSwitch }: Switched): Switch {
  let now: Orders = { failing: {}, others: 'as-dialled' };
  const change = (text: string) => {
    now = ordersIn(text, Object.keys(market.targets));
    onSwitch?.({ kind: 'failing', at_epoch_ms: toEpoch(performance.now()), ...now });
  };
  return {
    told(name) {
      const kind = lookUp(now.failing, name);
      if (kind !== undefined) return kinds[kind];
      return now.others === 'healthy' ? 'none' : undefined;
    },
    async serve(request, response) {
      try {
        if (request.method === 'PUT') change(await readBody(request));
        else if (request.method !== 'GET') {
          response.setHeader('allow', 'GET, PUT');
          const next = 'GET says what fails now, PUT changes it.';
          sendError(response, 405, 'method_not_allowed', `${request.method} is unknown. ${next}`);
          return;
        }
        sendJson(response, 200, { ...now, ...facts(market, bill()) });
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        sendError(response, 400, 'invalid_request', error.message);
      }
    },
  };
}

/** @throws UsageError where the text is no order, or names a target that is not there. */
function ordersIn(text: string, names: readonly string[]): Orders {
  const example = `Send e.g. {"failing": {"${names[0]}": "server-error"}}, or {"failing": {}}.`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`The body is not JSON. ${example}`, { cause });
  }
  const parsed = parseInput(orders, value, `PUT ${switchPath}`);
  const unknown = Object.keys(parsed.failing).find((name) => !names.includes(name));
  if (unknown === undefined) return parsed;
  const near = nearest(unknown, names);
  const hint = near ? `Did you mean "${near}"?` : `Its targets: ${names.join(', ')}.`;
  throw new UsageError(`The market has no target "${unknown}". ${hint}`);
}

/** What somebody who makes targets fail must know: which they are, and whom they answered. */
function facts({ targets, time_scale }: Market, bill: Bill): object {
  const told = Object.entries(targets).map(([name, { path, model }]) => {
    const { requests = 0, completed = 0 } = lookUp(bill.targets, name) ?? {};
    return [name, { path: path ?? name, model, requests, completed }];
  });
  return { time_scale, targets: Object.fromEntries(told) };
}
