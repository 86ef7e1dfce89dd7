import { UsageError } from '../../errors.ts';
import type { Carried } from '../carrier/carry.ts';
import type { Deployed, Outgoing } from '../kit/gateway.ts';
import { readExported } from '../kit/landing.ts';

/** The preset of the rule is named as the model. */
export function sendToOpenrouter(deployed: Deployed, carried: Carried, body: object): Outgoing {
  const preset = presetFor(deployed, carried.metadata);
  return { headers: carried.headers, body: { ...body, model: `@preset/${preset.slug}` } };
}

interface Preset {
  readonly slug: string;
  readonly rule: string;
  readonly arm?: string;
}

/** The carrier draws the arm here; the first stands where it drew none. */
function presetFor(deployed: Deployed, metadata: Readonly<Record<string, string>>): Preset {
  const { presets } = JSON.parse(readExported(deployed, 'openrouter.json')) as {
    presets: Preset[];
  };
  const ours = presets.filter((preset) => preset.rule === metadata.arb_tier);
  const preset = ours.find((one) => one.arm === metadata.arb_arm) ?? ours[0];
  if (!preset) throw new UsageError(`rule ${metadata.arb_tier} has no preset at OpenRouter.`);
  return preset;
}
