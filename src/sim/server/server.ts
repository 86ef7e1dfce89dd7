import type { IncomingMessage, ServerResponse } from 'node:http';
import { noTruths, readTruths } from '../judge/judge-truth.ts';
import type { Market } from '../market/market.ts';
import { type Questions, readQuestions } from '../market/question.ts';
import { type AuditRow, type Bill, createBill, type SwitchRow } from './audit.ts';
import { receiveChat } from './chat.ts';
import {
  createProvider,
  handleRequest,
  type SimMarket,
  type SimProvider,
} from './handle-request.ts';
import { type Listening, listen, sendError, splitPath } from './listen.ts';
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
  const sim: SimMarket = {
    market,
    questions,
    truths: judges && workload !== undefined ? await readTruths(workload) : noTruths,
    schedule: createSchedule(),
    failing: createSwitch({ market, bill: bill.read, ...(onSwitch && { onSwitch }) }),
    providers: Object.entries(market.targets).map(([name, target]) =>
      createProvider(name, target, market.time_scale),
    ),
    audit(row) {
      bill.add(row);
      onAudit?.(row);
    },
  };
  const server = await listen(port, (request, response) => serve(sim, request, response));
  return {
    ...server,
    bill: bill.read,
    async close() {
      await server.close();
      sim.schedule.stop();
    },
  };
}

async function serve(sim: SimMarket, request: IncomingMessage, response: ServerResponse) {
  const receivedAt = performance.now();
  const { prefix, resource } = splitPath(request.url);
  if (resource === switchPath) return sim.failing.serve(request, response);
  const providers = sim.providers.filter(
    ({ name, target }) => prefix === '' || (target.path ?? name) === prefix,
  );
  if (providers.length === 0) {
    const known = sim.providers.map(({ name, target }) => `/${target.path ?? name}/v1`).join(', ');
    sendError(response, 404, 'unknown_url', `No provider at "/${prefix}/v1". Known: ${known}.`);
    return;
  }
  if (
    sim.market.authorization === 'required' &&
    !/^Bearer \S/.test(request.headers.authorization ?? '')
  ) {
    sendError(response, 401, 'invalid_api_key', 'You did not provide an API key.');
    return;
  }
  const models = () => providers.map(modelEntry);
  const chat = await receiveChat(request, response, { resource, models });
  if (!chat) return;
  const { model } = chat;
  const provider = providers.find(({ name, target }) => target.model === model || name === model);
  if (!provider) {
    const served = providers.map(({ target }) => target.model).join(', ');
    sendError(
      response,
      404,
      'model_not_found',
      `The model "${model}" does not exist. Served: ${served}.`,
    );
    return;
  }
  await handleRequest(sim, { provider, request, response, chat, receivedAt });
}

function modelEntry({ target }: SimProvider): object {
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
