import type { ProviderNames } from '../export/reach.ts';

/** What Bifrost calls arb's providers. */
export const bifrostProviders: ProviderNames = new Map([
  ['openai', 'openai'],
  ['anthropic', 'anthropic'],
  ['google', 'gemini'],
  ['mistral', 'mistral'],
  ['openrouter', 'openrouter'],
  ['groq', 'groq'],
]);
