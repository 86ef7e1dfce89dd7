import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { plainTarget } from '../../provider/scripted.test.helper.ts';
import { readAllowedKeys } from './allowed-keys.ts';
import { readKeys } from './keys.ts';

function folderWith(hosts: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'arb-hosts-'));
  mkdirSync(join(folder, 'arb'));
  writeFileSync(join(folder, 'arb', 'hosts.yaml'), hosts);
  return folder;
}

describe('where a key may go', () => {
  it('is read from the flag, the environment and hosts.yaml of the user', () => {
    const folder = folderWith('keys:\n  C_KEY: [http://litellm.svc:4000, llm.example]\n');
    const env = { ARB_ALLOW_KEYS: 'B_KEY=b.example:8443', XDG_CONFIG_HOME: folder };
    expect(readAllowedKeys(env, ['A_KEY=a.example'])).toEqual([
      { variable: 'A_KEY', host: 'a.example', protocol: 'https:' },
      { variable: 'B_KEY', host: 'b.example:8443', protocol: 'https:' },
      { variable: 'C_KEY', host: 'litellm.svc:4000', protocol: 'http:' },
      { variable: 'C_KEY', host: 'llm.example', protocol: 'https:' },
    ]);
  });

  it('is refused where it cannot be read, without showing what may be a key', () => {
    const read = () => readAllowedKeys({ ARB_ALLOW_KEYS: 'A_KEY=sk-live:x:y' });
    expect(read).toThrow(UsageError);
    expect(read).not.toThrow(/sk-live/);
  });

  it('decides before anything is sent: a foreign host of arb.yaml gets no key', () => {
    const apiKeyEnv = 'OPENAI_API_KEY';
    const target = plainTarget('https://evil.example/v1', { provider: 'openai', apiKeyEnv });
    const env = { [apiKeyEnv]: 'sk-live-77aa55cc' };
    expect(() => readKeys([target], env)).toThrow(/targets\.plain: .*evil\.example/);
    expect(readKeys([target], env, [`${apiKeyEnv}=evil.example`])).toEqual(env);
    const home = plainTarget('https://api.openai.com/v1', { provider: 'openai', apiKeyEnv });
    expect(readKeys([home], env)).toEqual(env);
  });
});
