import { describe, expect, it } from 'vitest';
import { findKeyObstacle, parseAllowedKey } from './key-hosts.ts';

const why = (provider: string, apiKeyEnv: string, baseUrl: string, ...allowed: string[]) =>
  findKeyObstacle(
    { provider, apiKeyEnv, baseUrl },
    allowed.flatMap((each) => parseAllowedKey(each) ?? []),
  );

describe('a key', () => {
  it.each([
    ['openai', 'OPENAI_API_KEY', 'https://api.openai.com/v1'],
    ['openai', 'OPENAI_API_KEY_TEAM_B', 'https://api.openai.com/v1'],
    ['openai-compatible', 'OPENAI_API_KEY', 'https://api.openai.com/v1'],
    ['azure-openai', 'AZURE_OPENAI_API_KEY', 'https://mine.openai.azure.com/openai/v1'],
    ['cloudflare-ai-gateway', 'CF_AIG_TOKEN', 'https://gateway.ai.cloudflare.com/v1/a/g/compat'],
    ['openai', 'OPENAI_API_KEY', 'http://127.0.0.1:8080/v1'],
    ['litellm', 'LITELLM_API_KEY', 'http://localhost:4000/v1'],
    ['litellm', 'LITELLM_API_KEY', 'http://[::1]:4000/v1'],
  ])('of %s in %s goes to %s', (provider, variable, url) => {
    expect(why(provider, variable, url)).toBeUndefined();
  });

  it.each([
    ['openai', 'OPENAI_API_KEY', 'https://evil.example/v1'],
    ['openai', 'OPENAI_API_KEY', 'http://api.openai.com/v1'],
    ['openai', 'OPENAI_API_KEY', 'https://api.openai.com.evil.example/v1'],
    ['openai', 'OPENAI_API_KEY', 'https://api.openai.com:8443/v1'],
    ['openai-compatible', 'AWS_SECRET_ACCESS_KEY', 'https://evil.example/v1'],
    ['openrouter', 'OPENAI_API_KEY', 'https://openrouter.ai/api/v1'],
    ['azure-openai', 'AZURE_OPENAI_API_KEY', 'https://openai.azure.com.evil.example/openai/v1'],
    ['litellm', 'LITELLM_API_KEY', 'http://litellm.svc:4000/v1'],
    ['openai', 'OPENAI_API_KEY', 'http://127.0.0.1.evil.example/v1'],
  ])('of %s in %s is kept from %s', (provider, variable, url) => {
    expect(why(provider, variable, url)).toMatch(/--allow-key \w+=/);
  });

  it('goes to another host where the user allowed that key and that host', () => {
    const url = 'https://llm.corp.example/v1';
    expect(
      why('litellm', 'LITELLM_API_KEY', url, 'LITELLM_API_KEY=llm.corp.example'),
    ).toBeUndefined();
    expect(why('litellm', 'LITELLM_API_KEY', url, 'LITELLM_API_KEY=other.example')).toBeDefined();
    expect(why('litellm', 'LITELLM_API_KEY', url, 'OPENAI_API_KEY=llm.corp.example')).toBeDefined();
  });

  it('goes over plain http only where the scheme stands in the entry', () => {
    const url = 'http://litellm.svc:4000/v1';
    expect(
      why('litellm', 'LITELLM_API_KEY', url, 'LITELLM_API_KEY=litellm.svc:4000'),
    ).toBeDefined();
    expect(
      why('litellm', 'LITELLM_API_KEY', url, 'LITELLM_API_KEY=http://litellm.svc:4000'),
    ).toBeUndefined();
    expect(
      why('litellm', 'LITELLM_API_KEY', url, 'LITELLM_API_KEY=http://litellm.svc:4001'),
    ).toBeDefined();
  });

  it.each([
    'KEY',
    'KEY=',
    '=host',
    '1KEY=host',
    'KEY=ftp://host',
    'KEY=http://u:p@host',
    'KEY=a b',
  ])('is allowed by no entry like %s', (entry) => {
    expect(parseAllowedKey(entry)).toBeUndefined();
  });
});
