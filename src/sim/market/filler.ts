import type { Draws } from './random.ts';

/**
 * Prose without a digit, a bracket or a capital that stands alone, so that padding an answer never
 * changes what a deterministic check finds in it.
 */
const sentences = [
  'The request was read in full before this reply was written.',
  'Most of the detail follows from the text that was given.',
  'Nothing in the material speaks against this reading.',
  'Where the wording leaves room, the plainer meaning was taken.',
  'The steps are listed in the order in which they would be done.',
  'Earlier remarks in the conversation were taken into account.',
  'The main point stays the same if the smaller points change.',
  'This keeps the reply short and leaves out what was not asked.',
  'The person responsible can confirm this from the records.',
  'It would be worth checking the source once more before acting.',
  'Other readings are possible but fit the facts less well.',
  'The tone follows that of the question.',
  'Each claim above rests on a passage of the input.',
  'No outside knowledge was needed to reach this.',
  'The remaining open points are small and can wait.',
  'Should the situation change, the reply would change with it.',
  'The same approach has worked in comparable situations.',
  'Care was taken to keep names and terms as they were written.',
  'The order of the points does not matter for the outcome.',
  'This is as far as the given information goes.',
  'Anything beyond that would be guessing.',
  'The explanation is kept to what a reader needs.',
  'Both sides of the matter were weighed before answering.',
  'A longer version can be written if that would help.',
] as const;

/** About `tokens` tokens of prose (four bytes each) that holds none of the `avoid`ed strings. */
export function filler(draws: Draws, tokens: number, avoid: readonly string[]): string {
  const lower = avoid.filter((word) => word !== '').map((word) => word.toLowerCase());
  const usable = sentences.filter(
    (text) => !lower.some((word) => text.toLowerCase().includes(word)),
  );
  if (usable.length === 0) return '';
  const words: string[] = [];
  for (let bytes = 0; bytes < tokens * 4; ) {
    const sentence = usable[Math.floor(draws.uniform() * usable.length)] ?? '';
    words.push(...sentence.split(' '));
    bytes += sentence.length + 1;
  }
  let text = words.join(' ');
  if (text.length > tokens * 4) {
    const cut = text.lastIndexOf(' ', tokens * 4);
    text = cut > 0 ? text.slice(0, cut) : '';
  }
  return text;
}
