import { restoreAlpha } from '../image/alpha.ts';
import { defineOperation, type ModelSpec, type Operation } from './operation.ts';

const tiles = { tiling: 'tiles', paramsLength: 0, coords: false, resultChannels: 3 } as const;
const x2: ModelSpec = { ...tiles, modelName: 'upscale_x2', scale: 2 };
const x4: ModelSpec = { ...tiles, modelName: 'upscale', scale: 4 };

/** Super-resolution, ×2 or ×4. */
export const upscale: Operation = defineOperation('upscale', [x4, x2], (params) => ({
  params,
  model: params.scale === 2 ? x2 : x4,
  modelParams: async () => new Float32Array(0),
  finish: restoreAlpha,
  notes: [],
}));
