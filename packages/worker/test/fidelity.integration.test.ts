import type { JobInput, OperationName } from '@imagen/contracts';
import sharp, { type Metadata } from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { splitRgba } from '../src/image/picture.ts';
import type { Raster } from '../src/image/raster.ts';
import { asStored, meanDeltaE, p3Fixture, reduce } from './support/fixture-p3.ts';
import { difference } from './support/pictures.ts';
import { resultOf } from './support/records.ts';
import { startWholeWorker, type WholeWorker } from './support/whole-worker.ts';

const fixture = p3Fixture({ widthPx: 240, heightPx: 160 });
const stored = await asStored(fixture);
let whole: WholeWorker;
let source: string;

beforeAll(async () => {
  whole = await startWholeWorker(inject('triton').grpcAddress);
  source = await whole.cloud.upload('p3.png', stored);
});
afterAll(async () => whole[Symbol.asyncDispose]());

interface Read {
  readonly metadata: Metadata;
  readonly rgb: Raster;
  readonly alpha: Raster;
}

/** Runs a job over the fixture and reads its result without converting anything. */
async function run(operation: OperationName, params: JobInput['params']): Promise<Read> {
  const jobId = `${operation}-${Object.values(params ?? {}).join('-')}`.replace('#', '');
  const { cloud } = whole;
  await cloud.publish(operation, { jobId, source, params });
  const file = await cloud.result(resultOf(await cloud.ended(jobId)).uri);
  const image = sharp(file, { ignoreIcc: true });
  const { data, info } = await image
    .clone()
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { rgb, alpha } = splitRgba(data, { widthPx: info.width, heightPx: info.height });
  return { metadata: await image.metadata(), rgb, alpha: alpha! };
}

describe('a picture in Display P3 with alpha, stored on its side', () => {
  it.each([
    ['upscale', { scale: 4 }, 4],
    ['upscale', { scale: 2 }, 2],
    ['enhance', { autoTone: false }, 1],
    ['comic', {}, 1],
    ['aged', {}, 1],
    ['bg-remove', {}, 1],
    ['bg-remove', { result: '#336699' }, 1],
  ] as const)('%s %j: is upright and in Display P3', async (operation, params, scale) => {
    const { metadata, rgb } = await run(operation, params);
    expect(rgb).toMatchObject({ widthPx: 240 * scale, heightPx: 160 * scale });
    expect(metadata.orientation).toBeUndefined();
    expect(metadata.icc).toEqual((await sharp(stored).metadata()).icc);
  });

  it.each([
    ['upscale', { scale: 4 }, 4],
    ['upscale', { scale: 2 }, 2],
    ['enhance', { autoTone: false }, 1],
    ['bg-remove', {}, 1],
  ] as const)('%s %j: keeps its colours (ΔE2000 < 1)', async (operation, params, scale) => {
    const { rgb, alpha } = await run(operation, params);
    const back = reduce(rgb, scale, alpha);
    expect(meanDeltaE(back, fixture.rgb, reduce(alpha, scale))).toBeLessThan(1);
  });

  it.each([
    ['upscale', { scale: 4 }, 4],
    ['upscale', { scale: 2 }, 2],
    ['enhance', {}, 1],
    ['comic', {}, 1],
    ['aged', {}, 1],
  ] as const)('%s %j: keeps its alpha, at edges too', async (operation, params, scale) => {
    const { alpha } = await run(operation, params);
    expect(difference(reduce(alpha, scale), fixture.alpha)).toBeLessThan(2);
  });
});
