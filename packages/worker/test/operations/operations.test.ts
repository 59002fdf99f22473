import { OPERATION_NAMES } from '@imagen/contracts';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.ts';
import { flatPicture } from '../support/pictures.ts';

const picture = flatPicture({ widthPx: 32, heightPx: 32 });

describe.each(OPERATION_NAMES)('%s', (name) => {
  it('carries its own name and works with default params', () => {
    const { model, params } = OPERATIONS[name].prepare({}, 'job-1');
    expect(OPERATIONS[name].name).toBe(name);
    expect(OPERATIONS[name].models).toContain(model);
    expect(params).toBeTypeOf('object');
  });

  it('gives its model as many PARAMS as the model has, all finite', async () => {
    const { model, modelParams } = OPERATIONS[name].prepare({}, 'job-1');
    const params = await modelParams(picture);
    expect(params).toHaveLength(model.paramsLength);
    expect(params.every(Number.isFinite)).toBe(true);
  });

  it('refuses params it does not know, naming them', () => {
    expect(() => OPERATIONS[name].prepare({ speed: 9 }, 'job-1')).toThrow(
      expect.objectContaining({
        code: 'INVALID_PARAMS',
        message: expect.stringContaining('speed'),
      }),
    );
  });
});

it('upscale chooses its model by scale', () => {
  const chosen = [2, 4].map((scale) => OPERATIONS.upscale.prepare({ scale }, 'job-1').model);
  expect(chosen.map(({ modelName }) => modelName)).toEqual(['upscale_x2', 'upscale']);
});

it('aged takes its seed from the jobId, and says in its params which', () => {
  const seed = (jobId: string): unknown => OPERATIONS.aged.prepare({}, jobId).params['seed'];
  expect(seed('job-1')).toBe(seed('job-1'));
  expect(seed('job-1')).not.toBe(seed('job-2'));
  expect(OPERATIONS.aged.prepare({ seed: 5 }, 'job-1').params['seed']).toBe(5);
});
