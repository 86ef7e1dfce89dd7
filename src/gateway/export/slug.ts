/** Names that a gateway can hold: each different text its own, readable where possible. */
export interface Slugs {
  readonly of: (text: string) => string;
}

/** Lower-case letters, digits and hyphens; what would collide gets a number. */
export function slugs(texts: Iterable<string>): Slugs {
  const taken = new Map<string, string>();
  const used = new Set<string>();
  for (const text of texts) {
    if (taken.has(text)) continue;
    const base =
      text
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '') || 'x';
    let slug = base;
    for (let n = 2; used.has(slug); n++) slug = `${base}-${n}`;
    used.add(slug);
    taken.set(text, slug);
  }
  return { of: (text) => taken.get(text) ?? text };
}
