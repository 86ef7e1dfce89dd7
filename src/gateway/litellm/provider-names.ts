import type { ProviderNames } from '../export/reach.ts';

/** What LiteLLM calls arb's providers. */
export const litellmProviders: ProviderNames = new Map([
  ['openai', 'openai'],
  ['anthropic', 'anthropic'],
  ['google', 'gemini'],
  ['mistral', 'mistral'],
  ['deepseek', 'deepseek'],
  ['openrouter', 'openrouter'],
  ['groq', 'groq'],
  ['together', 'together_ai'],
  ['fireworks', 'fireworks_ai'],
  ['xai', 'xai'],
]);
