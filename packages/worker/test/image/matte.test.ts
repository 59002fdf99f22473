import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guideOf, keepForeground, refineMatte } from '../../src/image/matte.ts';
import type { Raster, Size } from '../../src/image/raster.ts';
import { addNoise, paint, pixelAt, type Rgb } from '../support/pictures.ts';

const SIZE: Size = { widthPx: 300, heightPx: 200 };
/** Larger than the size at which the matte's dependence on colour is found. */
const LARGE: Size = { widthPx: 900, heightPx: 600 };
const SUBJECT: Rgb = [190, 60, 40];
const BACKGROUND: Rgb = [40, 110, 170];

/** The subject's share of a place; x and y are shares of the picture's sides. */
type Shape = (x: number, y: number) => number;

/** A disc at the middle that reaches over three fifths of the height, soft over a share of the height. */
function disc(soft: number): Shape {
  return (x, y) => clamp(0.5 + (0.3 - Math.hypot((x - 0.5) * 1.5, y - 0.5)) / soft);
}

const sharpDisc = disc(0.005);
/** The disc and a line across the middle, four pixels of 600 wide, that the mask of the disc knows nothing of. */
const pierced: Shape = (x, y) => Math.max(sharpDisc(x, y), Math.abs(y - 0.5) < 0.003 ? 1 : 0);

/** The shape before its background, with a little noise. */
function scene(size: Size, shape: Shape): Raster {
  const rgb = paint(size, (x, y) => {
    const share = at(size, shape, x, y);
    return SUBJECT.map((value, c) => value * share + BACKGROUND[c]! * (1 - share));
  });
  return addNoise({ rgb }, 2, 1).rgb;
}

/** The shape as a matte. */
function truth(size: Size, shape: Shape): Raster {
  return paint(size, (x, y) => [255 * at(size, shape, x, y)]);
}

/** What a model makes of a disc: a mask of 144 × 144 whose edge is 3 % of the height wide, `most` at the middle. */
function coarseMask(most = 1): Raster {
  return truth({ widthPx: 144, heightPx: 144 }, (x, y) => most * disc(0.03)(x, y));
}

function at({ widthPx, heightPx }: Size, shape: Shape, x: number, y: number): number {
  return shape((x + 0.5) / widthPx, (y + 0.5) / heightPx);
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

/** Mean absolute error of a disc's matte, in levels of 255, where the coarse mask is in doubt. */
function errorAtEdge(matte: Raster, shape: Shape): number {
  const expected = truth(matte, shape);
  const error = (i: number): number => Math.abs(matte.data[i]! - expected.data[i]!);
  return meanWhereSoft(truth(matte, disc(0.03)), error);
}

/** Mean of a figure over the pixels where a matte is neither 0 nor 255. */
function meanWhereSoft({ data }: Raster, figure: (i: number) => number): number {
  const figures = [...data.keys()].filter((i) => !isCertain(data[i]!)).map(figure);
  return figures.reduce((sum, value) => sum + value) / figures.length;
}

function isCertain(value: number): boolean {
  return value === 0 || value === 255;
}

/** The matte of a picture, from a coarse mask. */
async function refine(mask: Raster, rgb: Raster): Promise<Raster> {
  return refineMatte(mask, rgb, await guideOf(rgb));
}

/** The foreground of a picture, which stays as it is. */
async function foregroundOf(rgb: Raster, matte: Raster): Promise<Raster> {
  const subject = { ...rgb, data: rgb.data.slice() };
  await keepForeground(subject, matte, await guideOf(rgb));
  return subject;
}

describe('a refined matte', () => {
  it('has the size of the picture, whatever that is', async () => {
    const side = fc.constantFrom(1, 2, 3, 9, 17, 130, 900);
    await fc.assert(
      fc.asyncProperty(side, side, async (widthPx, heightPx) => {
        const rgb = paint({ widthPx, heightPx }, () => [90, 90, 90]);
        const matte = await refine(coarseMask(), rgb);
        expect(matte).toMatchObject({ widthPx, heightPx, channels: 1 });
        expect(matte.data).toHaveLength(widthPx * heightPx);
      }),
      { numRuns: 20 },
    );
  });

  it.each([SIZE, LARGE])('follows the edge of the picture: %o', async (size) => {
    const matte = await refine(coarseMask(), scene(size, sharpDisc));
    expect(errorAtEdge(matte, sharpDisc)).toBeLessThan(4);
  });

  it('has neither haze in the background nor dents in the subject', async () => {
    const { data } = await refine(coarseMask(), scene(LARGE, sharpDisc));
    const certain = truth(LARGE, disc(0.03)).data;
    const wrong = data.filter((value, i) => isCertain(certain[i]!) && value !== certain[i]);
    expect(wrong).toHaveLength(0);
  });

  it('keeps a line of four pixels where the mask has a fifth of it, and nothing beside it', async () => {
    const matte = await refine(coarseMask(), scene(LARGE, pierced));
    const besideDisc = Math.round(LARGE.widthPx * 0.705);
    const values = [293, 296, 300, 303, 306].map((y) => pixelAt(matte, besideDisc, y)[0]!);
    expect(values.map((value) => Math.round(value / 25.5))).toEqual([0, 0, 10, 0, 0]);
  });

  it('leaves glass half transparent, and its edge sharp', async () => {
    const glass: Shape = (x, y) => sharpDisc(x, y) / 2;
    const matte = await refine(coarseMask(0.5), scene(LARGE, glass));
    expect(pixelAt(matte, LARGE.widthPx / 2, LARGE.heightPx / 2)[0]).toBeCloseTo(127.5, -1);
    expect(errorAtEdge(matte, glass)).toBeLessThan(13);
  });

  it.each([0, 255])('of a mask that is %i everywhere is the same everywhere', async (value) => {
    const mask = paint({ widthPx: 64, heightPx: 64 }, () => [value]);
    const matte = await refine(mask, scene(SIZE, sharpDisc));
    expect(new Set(matte.data)).toEqual(new Set([value]));
  });
});

describe('the foreground', () => {
  const soft = disc(0.04);

  it('is the picture itself where the matte is full, and black where nothing is left', async () => {
    const [rgb, matte] = [scene(SIZE, soft), truth(SIZE, soft)];
    const subject = await foregroundOf(rgb, matte);
    const wrong = subject.data.filter((value, i) => {
      const [share, seen] = [matte.data[Math.floor(i / 3)]!, rgb.data[i]!];
      return isCertain(share) && value !== (share === 255 ? seen : 0);
    });
    expect(wrong).toHaveLength(0);
  });

  it.each([SIZE, LARGE])('has the old background taken out of the soft edge: %o', async (size) => {
    const [rgb, matte] = [scene(size, soft), truth(size, soft)];
    const subject = await foregroundOf(rgb, matte);
    const away = ({ data }: Raster): number =>
      meanWhereSoft(matte, (i) => Math.hypot(...SUBJECT.map((own, c) => data[i * 3 + c]! - own)));
    expect(away(rgb)).toBeGreaterThan(30);
    expect(away(subject)).toBeLessThan(6);
  });
});
