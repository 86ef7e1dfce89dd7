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
    return tokens(texts.reduce((sum, text) => sum + countPieces(text, countTokens), 0));
  };
}

/**
 * The encoder takes quadratic time on a run of letters without a space: 200 KB of one letter took 25
 * s. A piece ends at the first space after so many characters, or after so many at all.
 */
const pieceLength = 4_000;

function countPieces(text: string, countTokens: (text: string) => number): number {
  if (text.length <= pieceLength) return countTokens(text);
  let sum = 0;
  for (let from = 0; from < text.length; ) {
    const space = text.indexOf(' ', from + pieceLength / 2);
    const to = space < 0 ? from + pieceLength : Math.min(space, from + pieceLength);
    sum += countTokens(text.slice(from, to));
    from = to;
  }
  return sum;
}

/** Counts a text with cl100k_base, as gateways do that know no model's own tokenizer. */
export async function loadCl100k(): Promise<(text: string) => number> {
  const { countTokens } = await import('gpt-tokenizer/encoding/cl100k_base');
  return countTokens;
}
