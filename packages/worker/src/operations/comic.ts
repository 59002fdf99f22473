import { restoreAlpha } from '../image/alpha.ts';
import { defineOperation, type ModelSpec, type Operation } from './operation.ts';

const model: ModelSpec = {
  modelName: 'style_comic',
  tiling: 'tiles',
  scale: 1,
  paramsLength: 6,
  coords: false,
  resultChannels: 3,
};

/** Large black areas become ink at this strength, as in printed comics (style_comic's MODEL.md). */
const SPOT_BLACK = 0.7;
/** Fine lines are drawn at half strength (style_comic's MODEL.md). */
const LINE_DETAIL = 0.5;

/** Ink lines and flat colour. */
export const comic: Operation = defineOperation('comic', [model], (params) => ({
  params,
  model,
  modelParams: async () =>
    Float32Array.of(
      params.lineStrength,
      params.levels,
      params.smoothing,
      params.saturation,
      SPOT_BLACK,
      LINE_DETAIL,
    ),
  finish: restoreAlpha,
  notes: [],
}));
