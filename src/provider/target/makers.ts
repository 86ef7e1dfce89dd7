/**
 * Who made a model, by what it is called: a judge abstains on its own maker's answers, and a
 * fallback chain ends at another maker.
 */
const patterns: readonly (readonly [maker: string, pattern: RegExp])[] = [
  ['openai', /^(gpt|chatgpt|o[1-9]|codex|davinci|babbage)\b|gpt-oss|^openai\b/],
  ['anthropic', /claude|^anthropic\b/],
  ['google', /gemini|gemma|^google\b/],
  ['deepseek', /deepseek/],
  ['mistral', /mi(s|x|nis)tral|codestral|magistral|devstral|pixtral|voxtral/],
  ['alibaba', /qwen|qwq|qvq/],
  ['xai', /grok|^x-ai\b/],
  ['meta', /llama/],
  ['moonshot', /kimi|moonshot/],
  ['zai', /\bglm|^z-ai\b|^zai\b/],
  ['minimax', /minimax/],
  ['microsoft', /^phi|\/phi-|wizardlm|mai-ds/],
  ['cohere', /command|^cohere\b/],
  ['amazon', /nova-|titan|^amazon\b/],
  ['nvidia', /nemotron/],
  ['ai21', /jamba/],
];

/** `unknown` where the name tells nothing: two unknown makers are taken for one. */
export function inferMaker(model: string): string {
  const name = model.toLowerCase();
  // A distilled model carries two names; the last one before the size is the one that was trained.
  const bare = name.split('/').at(-1) ?? name;
  const found =
    patterns.find(([, pattern]) => pattern.test(bare)) ??
    patterns.find(([, pattern]) => pattern.test(name));
  return found?.[0] ?? 'unknown';
}
