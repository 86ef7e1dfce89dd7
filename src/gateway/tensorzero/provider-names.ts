import type { ProviderNames } from '../export/reach.ts';

/** What TensorZero calls arb's providers. */
export const tensorzeroProviders: ProviderNames = new Map([
  ['openai', 'openai'],
  ['anthropic', 'anthropic'],
  ['google', 'google_ai_studio_gemini'],
  ['mistral', 'mistral'],
  ['openrouter', 'openrouter'],
  ['groq', 'groq'],
]);
