import { headerText } from '../../encode.ts';

/** The header that carries a feature: `x-arb-input-tokens`, `x-arb-region`, `x-arb-meta-team`. */
export function toHeader(feature: string): string {
  if (feature === 'metadata.region') return 'x-arb-region';
  const name = feature.replace(/^metadata\./, 'meta-').toLowerCase();
  return `x-arb-${name.replaceAll(/[^a-z0-9-]/g, '-')}`;
}

/** The name of a feature in a gateway's metadata, without dots, which some read as a path. */
export function toMetadataKey(feature: string): string {
  return feature.startsWith('metadata.')
    ? feature.slice('metadata.'.length).replaceAll('.', '_')
    : `arb_${feature}`;
}

/** A tag as `x-litellm-tags` can hold it, where commas part the tags. */
export const tagText = (value: string) => headerText(value).replaceAll(',', '%2C');
