import { createHash } from 'node:crypto';
import { restoreAlpha } from '../image/alpha.ts';
import { defineOperation, type ModelSpec, type Operation } from './operation.ts';

const model: ModelSpec = {
  modelName: 'style_aged',
  tiling: 'tiles',
  scale: 1,
  paramsLength: 8,
  coords: true,
  resultChannels: 3,
};

/** Defaults of style_aged's MODEL.md for what has no param of its own. */
const LOOK = { fade: 0.7, vignette: 0.5, halation: 0.5, scratches: 0.4 };
/** The model's hash works modulo this prime; seeds are below it (style_aged's MODEL.md). */
const SEEDS = 4091;

/** Old film: faded, warm, grainy, scratched. */
export const aged: Operation = defineOperation('aged', [model], (params, jobId) => {
  const seed = params.seed ?? createHash('sha256').update(jobId).digest().readUInt32BE() % SEEDS;
  return {
    params: { ...params, seed },
    model,
    modelParams: async () =>
      Float32Array.of(
        params.strength,
        params.sepia,
        LOOK.fade,
        params.grain,
        LOOK.vignette,
        LOOK.halation,
        LOOK.scratches,
        seed,
      ),
    finish: restoreAlpha,
    notes: [],
  };
});
