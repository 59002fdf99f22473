import { guideOf, keepForeground, refineMatte } from '../image/matte.ts';
import { multiplyAlpha, type Picture, putOn } from '../image/picture.ts';
import type { Raster } from '../image/raster.ts';
import { defineOperation, type ModelSpec, type Operation } from './operation.ts';

const model: ModelSpec = {
  modelName: 'background_remove',
  tiling: 'whole',
  scale: 1,
  paramsLength: 0,
  coords: false,
  resultChannels: 1,
};

/** The subject on transparency or on a colour, or its matte. The model sees a small copy; edges come from the source. */
export const bgRemove: Operation = defineOperation('bg-remove', [model], (params) => ({
  params,
  model,
  modelParams: async () => new Float32Array(0),
  finish: async (mask, source) => finish(mask, source, params.result),
  notes: ['best effort: the built-in background model is small'],
}));

/** The result, in the memory of the source. @param result `cutout`, `matte` or a colour `#rrggbb` */
async function finish(
  mask: Raster,
  { rgb, alpha, space }: Picture,
  result: string,
): Promise<Picture> {
  const guide = await guideOf(rgb);
  const matte = await refineMatte(mask, rgb, guide);
  await multiplyAlpha(matte, alpha);
  if (result === 'matte') return { rgb: matte };
  await keepForeground(rgb, matte, guide);
  const subject = { rgb, alpha: matte, space };
  return result === 'cutout' ? subject : putOn(result, subject);
}
