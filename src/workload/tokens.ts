import { type Tokens, tokens } from '../units.ts';
import { listTexts } from './features.ts';
import type { ChatBody } from './request.ts';

/**
 * `forecast_tokens`: o200k_base over the texts a request sends, for the cost forecast only; what is
 * billed is the provider's own count. The encoder is loaded on first use (2 MB of ranks).
 */
export async function loadForecast(): Promise<(body: ChatBody) => Tokens> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  return (body) => {
    const texts = body.messages.flatMap(listTexts);
    if (body.tools?.length) texts.push(JSON.stringify(body.tools));
    if (body.response_format) texts.push(JSON.stringify(body.response_format));
    return tokens(texts.reduce((sum, text) => sum + countTokens(text), 0));
  };
}

/** Counts a text with cl100k_base, as gateways do that know no model's own tokenizer. */
export async function loadCl100k(): Promise<(text: string) => number> {
  const { countTokens } = await import('gpt-tokenizer/encoding/cl100k_base');
  return countTokens;
}
