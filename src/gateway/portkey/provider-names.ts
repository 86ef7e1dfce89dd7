import type { ProviderNames } from '../export/reach.ts';

/** What Portkey calls arb's providers. */
export const portkeyProviders: ProviderNames = new Map([
  ['openai', 'openai'],
  ['anthropic', 'anthropic'],
  ['google', 'google'],
  ['mistral', 'mistral-ai'],
  ['deepseek', 'deepseek'],
  ['openrouter', 'openrouter'],
  ['groq', 'groq'],
  ['together', 'together-ai'],
  ['fireworks', 'fireworks-ai'],
  ['xai', 'x-ai'],
]);
