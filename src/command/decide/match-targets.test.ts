import { expect, it } from 'vitest';
import { parsePolicy } from '../../policy/write.ts';
import type { Target } from '../../provider/target/target.ts';
import { matchTargets } from './match-targets.ts';

const policy = parsePolicy(
  `version: 1
id: sha256-f82b07c4ad9fc1c8
status: keep-current
features:
  input_tokens: {bytes_per_token: 4}
targets:
  "gpt: openai/big-1":
    provider: openai-compatible
    model: big-1
    base_url: http://127.0.0.1:4141/big/v1
on_failure:
  fallback_on:
    [
      rate-limited,
      server-error,
      timeout,
      connect,
      context-overflow,
      bad-request,
      content-filter
    ]
  never_on: []
rules:
  - name: gpt
    use: "gpt: openai/big-1"
extensions: {}
`,
  'today.yaml',
);

const measured = (name: string, baseUrl: string) =>
  ({
    ...{ name, baseUrl, model: 'big-1', maker: 'acme', provider: 'openai-compatible' },
    params: { set: {}, drop: [], rename: {} },
  }) as unknown as Target;

it('takes one model at one address for one target, whoever arb.yaml says has made it', () => {
  const big = measured('big', 'http://127.0.0.1:4141/big/v1');
  const other = measured('other', 'http://127.0.0.1:4141/other/v1');
  const found = matchTargets({ name: 'today.yaml', policy }, [big, other], ['big', 'other']);
  expect(found.policy.rules[0]?.use).toBe('big');
  expect(found.notes[0]).toContain('"gpt: openai/big-1" is taken for big');
});
