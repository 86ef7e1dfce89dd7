import { describe, expect, it } from 'vitest';
import { makePolicy } from '../../policy/write.ts';
import { createKeyReader } from './keys.ts';

const env = {
  OPENAI_API_KEY: 'sk-openai',
  AWS_SECRET_ACCESS_KEY: 'aws-secret',
  OWN_KEY: 'own',
  UNNAMED_KEY: 'unnamed',
};

/** What a policy with one such target may read from the environment for a gateway. */
function reader(
  target: object,
  { url = 'http://127.0.0.1:8787/v1', allowed = [] as string[] } = {},
) {
  const policy = makePolicy({
    status: 'uncertified',
    features: {},
    targets: { t: { model: 'm', ...target } },
    rules: [{ name: 'otherwise', use: 't' }],
  });
  return createKeyReader({ url, policy, allowed }, env);
}

const openai = { provider: 'openai', api_key_env: 'OPENAI_API_KEY' };

describe('a key that a gateway wants with a request', () => {
  it('is read for a gateway on this machine and the hosts of its provider', () => {
    expect(reader(openai)('OPENAI_API_KEY')).toBe('sk-openai');
    const said = { ...openai, base_url: 'https://api.openai.com/v1' };
    expect(reader(said)('OPENAI_API_KEY')).toBe('sk-openai');
  });

  it('is not read where no target of the policy declares its variable', () => {
    expect(reader(openai)('UNNAMED_KEY')).toBeUndefined();
    expect(reader(openai)('AWS_SECRET_ACCESS_KEY')).toBeUndefined();
  });

  it('does not go to an address that a policy from somebody else names', () => {
    for (const api_key_env of ['OPENAI_API_KEY', 'AWS_SECRET_ACCESS_KEY']) {
      const read = reader({ provider: 'openai', base_url: 'https://evil.example/v1', api_key_env });
      expect(() => read(api_key_env)).toThrow(
        `targets.t: the key in ${api_key_env} would be sent to evil.example`,
      );
    }
  });

  it('goes to a gateway beyond this machine only where the user allowed it', () => {
    const url = 'http://litellm.svc:4000/v1';
    expect(() => reader(openai, { url })('OPENAI_API_KEY')).toThrow(
      /^--gateway: .*litellm\.svc:4000 in the clear.*--allow-key OPENAI_API_KEY=http:\/\/litellm/,
    );
    const bare = reader(openai, { url, allowed: ['OPENAI_API_KEY=litellm.svc:4000'] });
    expect(() => bare('OPENAI_API_KEY')).toThrow(/in the clear/);
    const allowed = ['OPENAI_API_KEY=http://litellm.svc:4000'];
    expect(reader(openai, { url, allowed })('OPENAI_API_KEY')).toBe('sk-openai');
  });

  it('goes to another address of its target where the user allowed it', () => {
    const own = {
      provider: 'openai-compatible',
      base_url: 'https://own.example/v1',
      api_key_env: 'OWN_KEY',
    };
    expect(() => reader(own)('OWN_KEY')).toThrow(/own\.example/);
    expect(reader(own, { allowed: ['OWN_KEY=own.example'] })('OWN_KEY')).toBe('own');
  });
});
