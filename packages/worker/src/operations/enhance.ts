import { restoreAlpha } from '../image/alpha.ts';
import { analyse, enhanceParams } from '../image/analysis.ts';
import { defineOperation, type ModelSpec, type Operation } from './operation.ts';

const model: ModelSpec = {
  modelName: 'enhance',
  tiling: 'tiles',
  scale: 1,
  paramsLength: 9,
  coords: false,
  resultChannels: 3,
};

/** Removes noise and JPEG damage and balances tones, as much as the whole picture asks for. */
export const enhance: Operation = defineOperation('enhance', [model], (params) => ({
  params,
  model,
  modelParams: async (source) => enhanceParams(await analyse(source.rgb), params),
  finish: restoreAlpha,
  notes: [],
}));
