import type { ModelConfig } from '@imagen/triton-client';
import type { ModelSpec } from './operations/operation.ts';
import type { Model } from './ports.ts';

/** The facts of a model, as the `parameters` of its `config.pbtxt` state them. Call {@link compareModel} first. */
export function readModel({ name, parameters, maxBatchSize }: ModelConfig): Model {
  return {
    modelName: name,
    tilePx: Number(parameters['tile_px']),
    haloPx: Number(parameters['halo_px']),
    originAlignPx: Number(parameters['origin_align_px']),
    scale: Number(parameters['scale']),
    maxBatchSize,
  };
}

/** What in a model's config is not what the operation expects of it, one sentence each; empty when they fit. */
export function compareModel(config: ModelConfig, spec: ModelSpec): string[] {
  const model = readModel(config);
  const { tilePx, scale } = model;
  const side = tilePx * spec.scale;
  const inputs = [
    `TILE UINT8 [${tilePx},${tilePx},3]`,
    ...(spec.paramsLength > 0 ? [`PARAMS FP32 [${spec.paramsLength}]`] : []),
    ...(spec.coords ? ['COORDS FP32 [4]'] : []),
  ];
  const facts = [model.tilePx, model.haloPx, model.originAlignPx, model.scale];
  const expectations: [what: string, is: string, should: string][] = [
    ['facts', facts.every(Number.isInteger) ? 'integers' : facts.join(','), 'integers'],
    ['scale', String(scale), String(spec.scale)],
    ['tiling', String(config.parameters['tiling']), spec.tiling],
    ['inputs', describe(config.inputs), inputs.toSorted().join(', ')],
    ['outputs', describe(config.outputs), `RESULT UINT8 [${side},${side},${spec.resultChannels}]`],
  ];
  return expectations
    .filter(([, is, should]) => is !== should)
    .map(([what, is, should]) => `its ${what} are ${is}, the worker expects ${should}`);
}

function describe(tensors: ModelConfig['inputs']): string {
  return tensors
    .map(({ name, datatype, dims }) => `${name} ${datatype} [${dims.join(',')}]`)
    .toSorted()
    .join(', ');
}
