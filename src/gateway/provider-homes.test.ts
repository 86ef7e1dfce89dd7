import { expect, it } from 'vitest';
import { type Preset, presets } from '../provider/target/presets.ts';
import { providerHomes } from './export/provider-homes.ts';
import { gateways } from './gateways.ts';

const known: Readonly<Record<string, Preset>> = presets;

it('the address of a provider at the gateways is that of its preset', () => {
  for (const [provider, home] of providerHomes)
    expect([provider, known[provider]?.baseUrl]).toEqual([provider, home]);
});

it('a gateway names only providers that have an address', () => {
  for (const { name, providerNames } of Object.values(gateways)) {
    for (const provider of providerNames.keys()) {
      expect(providerHomes.has(provider), `${name}: ${provider}`).toBe(true);
    }
  }
});

it('every hosted provider has an address at the gateways, or is a gateway itself', () => {
  const itself = ['portkey', 'helicone'];
  const hosted = Object.entries(known).flatMap(([name, { serves, baseUrl }]) =>
    serves !== 'local' && baseUrl !== undefined ? [name] : [],
  );
  expect(hosted.filter((name) => !providerHomes.has(name))).toEqual(itself);
});
