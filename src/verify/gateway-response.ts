import { UsageError } from '../errors.ts';
import type { ExportedFile } from '../gateway/export/exporter.ts';
import { slugs } from '../gateway/export/slug.ts';
import type { GatewayName } from '../gateway/exporters.ts';
import { functionNames } from '../gateway/tensorzero/tensorzero.ts';
import type { Policy } from '../policy/policy.ts';
import type { Asked } from './carrier-headers.ts';
import { carried } from './carrier-headers.ts';

/** Where a gateway says that it sent a request; what it does not say is absent. */
export interface Landing {
  readonly rule?: string;
  readonly target?: string;
}

/** A request in the shape that reaches its rule at one gateway. */
export interface Outgoing {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed answer, where it is JSON. */
  readonly body?: unknown;
}

/** An exported policy as it stands in a live gateway. */
export interface Deployed {
  readonly gateway: GatewayName;
  readonly policy: Policy;
  readonly files: readonly ExportedFile[];
  readonly entry: string;
  /** Puts the values of keys in place of `$NAME`, for a gateway that wants them with a request. */
  readonly keys: (text: string) => string;
}

/** These draw no arm themselves. */
const drawsAll: readonly GatewayName[] = ['openrouter', 'tensorzero', 'vllm-semantic-router'];

/** What is sent so that the gateway routes one request: the carrier's words, and its own. */
export function outgoing(deployed: Deployed, asked: Asked, body: object): Outgoing {
  const draws = drawsAll.includes(deployed.gateway) ? 'all' : 'session';
  const { headers, metadata } = carried(deployed.policy, asked, draws);
  const named = { ...body, model: deployed.entry };
  switch (deployed.gateway) {
    case 'portkey': {
      const config = JSON.stringify(JSON.parse(deployed.keys(fileOf(deployed, 'portkey.json'))));
      return { headers: { ...headers, 'x-portkey-config': config }, body: named };
    }
    case 'vllm-semantic-router':
      return { headers, body: { ...named, model: 'MoM', metadata } };
    case 'openrouter': {
      const preset = presetFor(deployed, metadata);
      return { headers, body: { ...body, model: `@preset/${preset.slug}` } };
    }
    case 'tensorzero': {
      const model = `tensorzero::function_name::${functionFor(deployed, metadata)}`;
      return { headers, body: { ...body, model, 'tensorzero::tags': metadata } };
    }
    case 'litellm':
    case 'litellm-plain':
    case 'bifrost':
    case 'envoy-ai-gateway':
      return { headers, body: named };
  }
}

/** Reads from an answer where the request landed. */
export function landingOf(deployed: Deployed, { headers, body }: Answer): Landing {
  const { policy } = deployed;
  switch (deployed.gateway) {
    case 'litellm': {
      const rule = headers['x-arb-tier'];
      return {
        ...(rule !== undefined && { rule: decodeURIComponent(rule) }),
        ...target(deployed, headers['x-litellm-model-group']?.replace(`${deployed.entry}/`, '')),
      };
    }
    case 'litellm-plain': {
      const [, rule, , name] = headers['x-litellm-model-id']?.split(' > ') ?? [];
      return { ...(rule !== undefined && { rule }), ...target(deployed, name) };
    }
    case 'portkey': {
      const config = JSON.parse(fileOf(deployed, 'portkey.json')) as Node;
      const names = namesTo(config, headers['x-portkey-last-used-option-index'] ?? '');
      const [rule] = names;
      return { ...(rule !== undefined && { rule }), ...target(deployed, names.at(-1)) };
    }
    case 'vllm-semantic-router': {
      const decision = headers['x-vsr-selected-decision']?.replace(/-carried$|-arm-\d+$/, '');
      const names = slugs(policy.rules.map((rule) => rule.name));
      const rule = policy.rules.find((one) => names.of(one.name) === decision)?.name;
      return {
        ...(rule !== undefined && { rule }),
        ...target(deployed, headers['x-vsr-selected-model']),
      };
    }
    case 'openrouter':
    case 'bifrost':
    case 'envoy-ai-gateway':
    case 'tensorzero':
      return byModel(deployed, body);
  }
}

/** These name the model that answered and nothing else: enough where one target has it. */
function byModel({ policy }: Deployed, body: unknown): Landing {
  const served = (body as { model?: unknown } | null | undefined)?.model;
  const found = Object.entries(policy.targets).filter(([, one]) => one.model === served);
  const [only] = found;
  return found.length === 1 && only ? { target: only[0] } : {};
}

function target({ policy }: Deployed, name: string | undefined): { target?: string } {
  return name !== undefined && name in policy.targets ? { target: name } : {};
}

function fileOf({ files, gateway }: Deployed, path: string): string {
  const file = files.find((one) => one.path === path);
  if (!file) throw new UsageError(`the export to ${gateway} has no ${path}. Export it again.`);
  return file.text;
}

interface Node {
  readonly name?: string;
  readonly targets?: readonly Node[];
}

/** The names on the way that `config.targets[1].targets[0]` describes, the rule first. */
function namesTo(config: Node, path: string): string[] {
  const steps = [...path.matchAll(/targets\[(\d+)\]/g)].map((match) => Number(match[1]));
  let node: Node | undefined = config;
  return steps.flatMap((step) => {
    node = node?.targets?.[step];
    return node?.name ?? [];
  });
}

/** The function of the rule, and of the arm where one was drawn; the first arm where none was. */
function functionFor(
  { policy, entry }: Deployed,
  metadata: Readonly<Record<string, string>>,
): string {
  const keys = policy.rules.flatMap(({ name, split }) =>
    split ? split.to.map(({ target }) => `${entry} ${name} ${target}`) : [`${entry} ${name}`],
  );
  const rule = policy.rules.find(({ name }) => name === metadata.arb_tier);
  const arm = metadata.arb_arm ?? rule?.split?.to[0]?.target;
  return functionNames(keys).of(
    rule?.split ? `${entry} ${rule.name} ${arm}` : `${entry} ${rule?.name}`,
  );
}

interface Preset {
  readonly slug: string;
  readonly rule: string;
  readonly arm?: string;
}

/** The carrier draws the arm here; the first stands where it drew none. */
function presetFor(deployed: Deployed, metadata: Readonly<Record<string, string>>): Preset {
  const { presets } = JSON.parse(fileOf(deployed, 'openrouter.json')) as { presets: Preset[] };
  const ours = presets.filter((preset) => preset.rule === metadata.arb_tier);
  const preset = ours.find((one) => one.arm === metadata.arb_arm) ?? ours[0];
  if (!preset) throw new UsageError(`rule ${metadata.arb_tier} has no preset at OpenRouter.`);
  return preset;
}
