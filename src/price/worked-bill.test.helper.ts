import { readFileSync } from 'node:fs';
import type { PriceOverride, WireName } from '../provider/target/target.ts';
import type { Usage } from '../provider/usage/usage.ts';
import { wires } from '../provider/wire/wires.ts';
import { type Priced, priceBill } from './cost.ts';

/** A usage payload as its provider documents it, and its bill as worked out by hand. */
export interface WorkedBill {
  readonly name: string;
  readonly wire: WireName;
  /** Name of the preset, where it is not the catalogue's own. */
  readonly provider?: string;
  readonly catalogue: string | null;
  readonly model: string;
  readonly at: string;
  readonly usage: object | null;
  readonly service_tier?: string;
  /** Kinds of the items that a Responses answer holds. */
  readonly output?: readonly string[];
  /** Where the provider documents how its usage is billed. */
  readonly rule: string;
  /** What has no price, where the bill is not known. */
  readonly unknown?: string;
  readonly price?: PriceOverride;
  readonly fee_percent?: number;
  readonly source?: string;
  /** Tokens times USD per million, term by term, in millionths of a dollar; null = not known. */
  readonly micro_usd_by_hand: string | null;
}

export const bills: WorkedBill[] = JSON.parse(
  readFileSync(new URL('../../fixtures/provider/bills.json', import.meta.url), 'utf8'),
);

/** Sums the products of the arithmetic in the fixture. */
export const worked = (sum: string): number =>
  sum.split('+').reduce((total, product) => {
    const [tokens, rate] = product.split('*').map(Number);
    return total + (tokens ?? Number.NaN) * (rate ?? Number.NaN);
  }, 0);

/** The payload inside the smallest whole answer of its wire. */
export function answerWith({ usage, service_tier, wire, output = [] }: WorkedBill): object {
  const answers: Partial<Record<WireName, object>> = {
    'openai-chat': {
      choices: [{ message: { content: 'x' }, finish_reason: 'stop' }],
      usage,
      service_tier,
    },
    'openai-responses': {
      status: 'completed',
      output: output.map((type) => ({ type })),
      usage,
      service_tier,
    },
    'anthropic-messages': { type: 'message', content: [], stop_reason: 'end_turn', usage },
    gemini: { candidates: [{ finishReason: 'STOP' }], usageMetadata: usage },
  };
  const answer = answers[wire];
  if (!answer) throw new Error(`no answer of ${wire}`);
  return answer;
}

export const pricedOf = ({ model, catalogue, price, fee_percent }: WorkedBill): Priced => ({
  model,
  feePercent: fee_percent ?? 0,
  ...(catalogue !== null && { catalogue }),
  ...(price && { price }),
});

/** Presets by their id in the price catalogue, where the two differ. */
const presetOf: Readonly<Record<string, string>> = { 'x-ai': 'xai', azure: 'azure-openai' };

export function usageOf(bill: WorkedBill): Usage | undefined {
  const provider = bill.provider ?? presetOf[bill.catalogue ?? ''] ?? bill.catalogue ?? undefined;
  return wires[bill.wire].reader(provider).whole(answerWith(bill)).usage;
}

export function billOf(bill: WorkedBill) {
  const usage = usageOf(bill);
  return usage && priceBill({ target: pricedOf(bill), usage, at: new Date(bill.at) });
}
