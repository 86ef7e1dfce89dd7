import type { Attempt } from '../../replay/event/attempt.ts';
import type { Manifest } from '../../store/manifest.ts';

type Counts = NonNullable<Manifest['served_models']>;

/** Answers by the model that the provider says served them, by target or judge. */
export class ServedModels {
  readonly #counts = new Map<string, Map<string, number>>();

  /** Answers of two models under one name are not one target's: said at the first of each. */
  add({ target, served_model }: Pick<Attempt, 'target' | 'served_model'>): string | undefined {
    if (served_model === undefined) return undefined;
    const models = this.#counts.get(target) ?? new Map<string, number>();
    this.#counts.set(target, models);
    const count = models.get(served_model) ?? 0;
    models.set(served_model, count + 1);
    if (count > 0 || models.size === 1) return undefined;
    const names = [...models.keys()].join(', then ');
    return `${target}: the served model changed within the run: ${names}. Its figures mix them; name a dated version in arb.yaml.`;
  }

  get counts(): Counts {
    return Object.fromEntries(
      [...this.#counts].map(([target, models]) => [target, Object.fromEntries(models)]),
    );
  }
}

/** Where one name stands for several models in these runs together, one sentence each. */
export function listMixedModels(manifests: readonly Manifest[]): string[] {
  const sums = new Map<string, Map<string, number>>();
  for (const { served_models = {} } of manifests) {
    for (const [target, models] of Object.entries(served_models)) {
      const sum = sums.get(target) ?? new Map<string, number>();
      sums.set(target, sum);
      for (const [model, count] of Object.entries(models)) {
        sum.set(model, (sum.get(model) ?? 0) + count);
      }
    }
  }
  return [...sums].flatMap(([target, models]) => {
    if (models.size < 2) return [];
    const counted = [...models].map(([model, count]) => `${model} (${count})`).join(', ');
    return `${target} was served by ${models.size} models, and its figures mix them: ${counted}; name a dated version in arb.yaml`;
  });
}
