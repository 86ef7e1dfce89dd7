import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { describeFaults } from '../../input.ts';
import { isVariable, type Policy, policySchema } from '../../policy/policy.ts';
import { makePolicy, type PolicyDraft } from '../../policy/write.ts';

/** Which file it is, for the words of an importer. */
export interface RoutingSource {
  /** Named in errors. */
  readonly file: string;
  /** The model name that callers ask for, where a file has several. */
  readonly entry?: string;
}

export interface ImportResult {
  readonly policy: Policy;
  /** What the file says and a policy cannot, one sentence each; empty: it is all there. */
  readonly unread: readonly string[];
}

type Target = PolicyDraft['targets'][string];

/** The targets that were read so far, by name. */
export class Targets {
  readonly #byName = new Map<string, Target>();

  /** Adds a target and gives its name: the wanted one, with a number where another target has it. */
  add(wanted: string, target: Target): string {
    for (let n = 1; ; n++) {
      // The one name that an object cannot have as a key of its own.
      const plain = wanted === '' || wanted === '__proto__' ? 'target' : wanted;
      const name = n === 1 ? plain : `${plain} ${n}`;
      const before = this.#byName.get(name);
      if (before && JSON.stringify(before) !== JSON.stringify(target)) continue;
      this.#byName.set(name, target);
      return name;
    }
  }

  toRecord(): PolicyDraft['targets'] {
    return Object.fromEntries(this.#byName);
  }
}

/** The policy that was read. @throws UsageError where the file says what no policy can. */
export function finishImport(
  draft: PolicyDraft,
  unread: readonly string[],
  { file }: RoutingSource,
): ImportResult {
  try {
    return { policy: makePolicy(draft), unread: [...new Set(unread)] };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const faults = describeFaults(policySchema, error).map(({ text }) => `${file}: ${text}`);
    throw new UsageError(`${faults.join('\n')}\n${file} says what a policy cannot. Correct it.`);
  }
}

/** An address and a key variable as a policy can hold them; what it cannot is named in `unread`. */
export function readReach(
  where: string,
  said: { readonly address?: string | null | undefined; readonly keyEnv?: string | undefined },
  unread: string[],
): { readonly address?: string; readonly keyEnv?: string } {
  const { address, keyEnv } = said;
  const reachable = address != null && URL.canParse(address);
  if (address != null && !reachable) unread.push(`${where}: the address ${address} is not a URL`);
  const named = keyEnv !== undefined && isVariable(keyEnv);
  if (keyEnv !== undefined && !named) unread.push(`${where}: its key is not named by a variable`);
  return { ...(reachable && { address }), ...(named && { keyEnv }) };
}

/** Rules have names of their own: a repeated one gets a number. */
export function distinctNames<T extends { readonly name: string }>(rules: readonly T[]): T[] {
  const used = new Set<string>();
  return rules.map((rule) => {
    let name = rule.name;
    for (let n = 2; used.has(name); n++) name = `${rule.name} ${n}`;
    used.add(name);
    return { ...rule, name };
  });
}
