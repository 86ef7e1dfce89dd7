import { expect, it } from 'vitest';
import type { Manifest } from '../../store/manifest.ts';
import { listMixedModels, ServedModels } from './served-models.ts';

const manifest = (served_models: Manifest['served_models']) => ({ served_models }) as Manifest;

it('says the first answer of each further model behind one name (tatsu-lab/alpaca_eval 282), and counts all', () => {
  const served = new ServedModels();
  const said = ['turbo-1', 'turbo-1', 'turbo-2', 'turbo-1', undefined, 'turbo-3'].map((model) =>
    served.add({ target: 'constructor', ...(model !== undefined && { served_model: model }) }),
  );
  expect(said.map((line) => line?.match(/run: (.*)\. Its/)?.[1])).toEqual([
    undefined,
    undefined,
    'turbo-1, then turbo-2',
    undefined,
    undefined,
    'turbo-1, then turbo-2, then turbo-3',
  ]);
  expect(served.counts).toEqual({ constructor: { 'turbo-1': 3, 'turbo-2': 1, 'turbo-3': 1 } });
});

it('names a target whose model is another one in another run, and no target of one model', () => {
  const runs = [
    manifest({ chat: { 'm-1': 60 }, mini: { 'x-1': 60 } }),
    manifest({ chat: { 'm-1': 10, 'm-2': 50 }, mini: { 'x-1': 60 } }),
    manifest(undefined),
  ];
  expect(listMixedModels(runs)).toEqual([
    'chat was served by 2 models, and its figures mix them: m-1 (70), m-2 (50); name a dated version in arb.yaml',
  ]);
});
