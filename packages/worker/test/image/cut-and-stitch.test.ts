import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTile } from '../../src/image/cut.ts';
import { createRaster, type Raster } from '../../src/image/raster.ts';
import { stitchTile } from '../../src/image/stitch.ts';
import { flatPicture, noisePicture, paint, pixelAt, sizes } from '../support/pictures.ts';
import { boxBlur, identity, nearest, smallFacts, tiled, untiled } from '../support/tile-models.ts';

const pictures = fc.tuple(sizes(20), fc.nat()).map(([size, seed]) => noisePicture(size, seed));

describe('cutting, inferring and stitching', () => {
  it('gives the source back where the model changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, smallFacts(), async (picture, facts) => {
        expect(await tiled(picture, facts, identity)).toEqual(picture.rgb);
      }),
    );
  });

  it.each([2, 4])('leaves no seam where the model enlarges ×%i', async (scale) => {
    const model = nearest(scale);
    await fc.assert(
      fc.asyncProperty(pictures, smallFacts(scale), async (picture, facts) => {
        expect(await tiled(picture, facts, model)).toEqual(untiled(picture, facts, model));
      }),
      { numRuns: 30 },
    );
  });

  it('leaves no seam where the model looks no farther than the halo', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, smallFacts(), fc.nat(4), async (picture, facts, px) => {
        const model = boxBlur(Math.min(px, facts.haloPx));
        expect(await tiled(picture, facts, model)).toEqual(untiled(picture, facts, model));
      }),
    );
  });

  it('leaves a seam where the model looks one pixel farther: these tests would see it', async () => {
    await fc.assert(
      fc.asyncProperty(smallFacts(), fc.nat(), async (facts, seed) => {
        const size = { widthPx: facts.tilePx + 9, heightPx: facts.tilePx };
        const picture = noisePicture(size, seed);
        const model = boxBlur(facts.haloPx + 1);
        expect(await tiled(picture, facts, model)).not.toEqual(untiled(picture, facts, model));
      }),
    );
  });
});

/** A tile `[T, T, C]` of a raster. */
function cut(raster: Raster, at: { xPx: number; yPx: number }, tilePx: number): Uint8Array {
  // Nothing of what was there before may stay.
  const target = new Uint8Array(tilePx ** 2 * raster.channels).fill(99);
  cutTile(raster, at, tilePx, target);
  return target;
}

describe('a tile', () => {
  it('beyond the border is the mirror image, which does not repeat the border pixel', () => {
    const column = paint({ widthPx: 3, heightPx: 1 }, (x) => [x]);
    expect([...cut(column, { xPx: 1, yPx: 0 }, 8).subarray(0, 8)]).toEqual([
      1, 2, 1, 0, 1, 2, 1, 0,
    ]);
  });

  it('of a picture of one pixel is that pixel everywhere', () => {
    const { rgb } = flatPicture({ widthPx: 1, heightPx: 1 }, [1, 2, 3]);
    const tile = cut(rgb, { xPx: 0, yPx: 0 }, 5);
    expect(tile).toEqual(flatPicture({ widthPx: 5, heightPx: 5 }, [1, 2, 3]).rgb.data);
  });

  it('never writes to the picture it is cut from', () => {
    const { rgb } = noisePicture({ widthPx: 7, heightPx: 5 }, 1);
    const before = rgb.data.slice();
    cut(rgb, { xPx: 0, yPx: 0 }, 16).fill(0);
    expect(rgb.data).toEqual(before);
  });
});

describe('stitching', () => {
  const placement = { xPx: 4, yPx: 0, leftPx: 5, topPx: 0, rightPx: 8, bottomPx: 4 };
  const facts = { tilePx: 4, scale: 2 };

  it('writes the kept part of a tile and nothing else', () => {
    const output = createRaster({ widthPx: 16, heightPx: 8 }, 1);
    stitchTile(output, new Uint8Array(64).fill(9), placement, facts);
    const written = paint(output, (x, y) => pixelAt(output, x, y)).data;
    expect(written).toEqual(paint(output, (x) => [x >= 10 ? 9 : 0]).data);
  });

  it.each([0, 63, 65, 192])('a RESULT of %i bytes instead of 64 is MODEL_CONTRACT', (length) => {
    const output = createRaster({ widthPx: 16, heightPx: 8 }, 1);
    const stitch = (): void => stitchTile(output, new Uint8Array(length), placement, facts);
    expect(stitch).toThrow(expect.objectContaining({ code: 'MODEL_CONTRACT' }));
  });
});

describe('a result', () => {
  it('of 100 megapixels is allowed, one row more is IMAGE_TOO_LARGE', () => {
    expect(createRaster({ widthPx: 10_000, heightPx: 10_000 }, 3).data).toHaveLength(3e8);
    const create = (): unknown => createRaster({ widthPx: 10_000, heightPx: 10_001 }, 1);
    expect(create).toThrow(expect.objectContaining({ code: 'IMAGE_TOO_LARGE' }));
  });

  it('that is too large is refused before any tile is inferred', async () => {
    const picture = { rgb: createRaster({ widthPx: 2501, heightPx: 2500 }, 3) };
    const facts = { tilePx: 256, haloPx: 12, originAlignPx: 1, scale: 4 };
    const neverCalled = (): never => expect.fail('inferred a tile');
    await expect(tiled(picture, facts, neverCalled)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
  });
});
