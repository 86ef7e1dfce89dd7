import type { IncomingMessage, ServerResponse } from 'node:http';
import { noTruths, readTruths } from '../judge/judge-truth.ts';
import type { Market } from '../market/market.ts';
import { type Questions, readQuestions } from '../market/question.ts';
import { type AuditRow, type Bill, createBill, type SwitchRow } from './audit.ts';
import { parseChat } from './chat.ts';
import { answer, type House, openShop, type Shop } from './handle-request.ts';
import { type Listening, listen, pathOf, readBody, sendError, sendJson } from './listen.ts';
import { createSchedule } from './schedule.ts';
import { createSwitch, switchPath } from './switch.ts';

/** A market that runs: every target at `url/<target>/v1`. */
export interface RunningMarket extends Listening {
  bill(): Bill;
}

export interface MarketOptions {
  readonly market: Market;
  /** Workload file that says which answers are right; without it every answer is filler. */
  readonly workload?: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly onAudit?: (row: AuditRow) => void;
  /** What is made to fail while it runs. */
  readonly onSwitch?: (row: SwitchRow) => void;
}

/** Starts the simulated providers on loopback. Throws `UsageError` where the port is taken. */
export async function startMarket(options: MarketOptions): Promise<RunningMarket> {
  const { market, workload, port, onAudit, onSwitch } = options;
  const questions: Questions = workload === undefined ? new Map() : await readQuestions(workload);
  const judges = Object.values(market.targets).some(({ judge }) => judge !== undefined);
  const bill = createBill(Object.keys(market.targets));
  const house: House = {
    market,
    questions,
    truths: judges && workload !== undefined ? await readTruths(workload) : noTruths,
    schedule: createSchedule(),
    failing: createSwitch({ market, bill: bill.read, ...(onSwitch && { onSwitch }) }),
    shops: Object.entries(market.targets).map(([name, target]) =>
      openShop(name, target, market.time_scale),
    ),
    audit(row) {
      bill.add(row);
      onAudit?.(row);
    },
  };
  const server = await listen(port, (request, response) => serve(house, request, response));
  return {
    ...server,
    bill: bill.read,
    async close() {
      await server.close();
      house.schedule.stop();
    },
  };
}

async function serve(house: House, request: IncomingMessage, response: ServerResponse) {
  const receivedAt = performance.now();
  const { prefix, resource } = pathOf(request.url);
  if (resource === switchPath) return house.failing.serve(request, response);
  const shops = house.shops.filter(
    ({ name, target }) => prefix === '' || (target.path ?? name) === prefix,
  );
  if (shops.length === 0) {
    const known = house.shops.map(({ name, target }) => `/${target.path ?? name}/v1`).join(', ');
    sendError(response, 404, 'unknown_url', `No provider at "/${prefix}/v1". Known: ${known}.`);
    return;
  }
  if (
    house.market.authorization === 'required' &&
    !/^Bearer \S/.test(request.headers.authorization ?? '')
  ) {
    sendError(response, 401, 'invalid_api_key', 'You did not provide an API key.');
    return;
  }
  if (request.method === 'GET' && resource === '/models') {
    sendJson(response, 200, { object: 'list', data: shops.map(modelEntry) });
    return;
  }
  if (request.method !== 'POST' || resource !== '/chat/completions') {
    sendError(
      response,
      404,
      'unknown_url',
      `Unknown request URL: ${request.method} ${request.url}.`,
    );
    return;
  }
  const parsed = parseChat(await readBody(request));
  if ('fault' in parsed) {
    sendError(response, 400, 'invalid_request', parsed.fault);
    return;
  }
  const { model } = parsed.request;
  const shop = shops.find(({ name, target }) => target.model === model || name === model);
  if (!shop) {
    const served = shops.map(({ target }) => target.model).join(', ');
    sendError(
      response,
      404,
      'model_not_found',
      `The model "${model}" does not exist. Served: ${served}.`,
    );
    return;
  }
  await answer(house, { shop, request, response, chat: parsed.request, receivedAt });
}

function modelEntry({ target }: Shop): object {
  const perToken = (perMillion: number) => String(Number((perMillion / 1e6).toPrecision(12)));
  const { input, output, cached_input } = target.price;
  return {
    id: target.model,
    object: 'model',
    created: 1_700_000_000,
    owned_by: 'arb-sim',
    ...(target.context_tokens ? { context_length: target.context_tokens } : {}),
    pricing: {
      prompt: perToken(input),
      completion: perToken(output),
      ...(cached_input === undefined ? {} : { input_cache_read: perToken(cached_input) }),
    },
  };
}
