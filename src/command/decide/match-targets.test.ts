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

it('does not take a name for its namesake where that was another model', () => {
  const named = { ...measured('gpt: openai/big-1', 'http://127.0.0.1:4141/x/v1'), model: 'big-2' };
  const [own] = Object.keys(policy.targets);
  const alone = matchTargets({ name: 'today.yaml', policy }, [named], [named.name]);
  expect(alone.policy.rules[0]?.use).toBe(`${own} (big-1)`);
  expect(alone.notes[0]).toContain('is big-1 there and was big-2 in the run');
  const big = measured('big', 'http://127.0.0.1:4141/big/v1');
  const found = matchTargets({ name: 'today.yaml', policy }, [named, big], [named.name, 'big']);
  expect(found.policy.rules[0]?.use).toBe('big');
  const dated = { ...named, model: 'acme/Big-1' };
  const same = matchTargets({ name: 'today.yaml', policy }, [dated], [dated.name]);
  expect(same.policy.rules[0]?.use).toBe(own);
});
